/** A way to the S3 emulator on which one request waits, so that specs decide which of two runs comes first. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse, request as send } from "node:http";
import type { AddressInfo } from "node:net";

const NO_SUCH_UPLOAD =
  "<Error><Code>NoSuchUpload</Code><Message>The specified upload does not exist.</Message></Error>";

export class S3Gate {
  private readonly server: Server;
  private readonly reached = Promise.withResolvers<void>();
  private readonly opened = Promise.withResolvers<void>();

  /** @param holds Says which requests wait until the gate is opened, by their path and query. */
  constructor(
    private readonly target: string,
    private readonly holds: (path: string) => boolean,
  ) {
    this.server = createServer((request, response) => this.pass(request, response));
  }

  async start(): Promise<this> {
    await once(this.server.listen(0, "127.0.0.1"), "listening");
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Until a request waits. */
  async isReached(): Promise<void> {
    await this.reached.promise;
  }

  open(): void {
    this.opened.resolve();
  }

  stop(): void {
    this.open();
    this.server.close();
    this.server.closeAllConnections();
  }

  private async pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = incoming.url ?? "/";
    if (this.holds(path)) {
      this.reached.resolve();
      await this.opened.promise;
    }
    const outgoing = send(this.target + path, { method: incoming.method, headers: incoming.headers }, answer => {
      // Moto 5.2.5 looks for the upload of a part without asking whether there is one.
      if (answer.statusCode === 500 && path.includes("partNumber=")) response.writeHead(404).end(NO_SUCH_UPLOAD);
      else answer.pipe(response.writeHead(answer.statusCode ?? 500, answer.headers));
    });
    incoming.pipe(outgoing);
  }
}
