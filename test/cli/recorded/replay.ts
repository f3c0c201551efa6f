/** An API server that answers from the recording. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { answerTo } from "./answers";

export interface Replay {
  readonly kubeconfig: string;
  /** Paths that were requested and are not in the recording. */
  readonly unknown: readonly string[];
  close(): void;
}

/** @param hangs it accepts requests and never answers. @param user credentials in the kubeconfig. */
export async function replayed({ hangs = false, user = {} } = {}): Promise<Replay> {
  const unknown: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    if (hangs) return;
    const { pathname } = new URL(url, "http://recording");
    const answer = answerTo(pathname);
    if (!answer) unknown.push(pathname);
    send(response, answer ? 200 : 404, answer ?? { kind: "Status", code: 404, message: `no ${pathname}` });
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const folder = mkdtempSync(join(tmpdir(), "llmd-replay-"));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    kubeconfig: kubeconfigIn(folder, port, user),
    unknown,
    close: () => {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function kubeconfigIn(folder: string, port: number, user: object): string {
  const file = join(folder, "kubeconfig");
  const content = {
    ...{ apiVersion: "v1", kind: "Config", "current-context": "recording" },
    clusters: [
      { name: "recording", cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true } },
    ],
    users: [{ name: "recording", user }],
    contexts: [{ name: "recording", context: { cluster: "recording", user: "recording" } }],
  };
  writeFileSync(file, stringify(content), { mode: 0o600 });
  return file;
}
