/** Double of checkip.amazonaws.com: it answers with the address that the rehearsal gives the deploying machine. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface AddressService {
  /** Address of the service on 127.0.0.1, as in `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Stops the service. */
  close(): void;
}

/** @param address called at every request, so that a spec can change the address. */
export async function serveAddress(address: () => string): Promise<AddressService> {
  const server = createServer((_request, response) => response.end(`${address()}\n`));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}
