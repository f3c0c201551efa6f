import * as grpc from "@grpc/grpc-js";

// Above grpc-js's 4 MiB: the file of Istio's CRDs in a single message is larger.
export const grpcOptions = {
  "grpc.max_receive_message_length": 400 << 20,
  "grpc.max_send_message_length": 400 << 20,
};

export interface RunningServer {
  /** TCP port that the server listens on. */
  readonly port: number;
  /** Stops the server. */
  close(): void;
}

/** Serves on a free loopback port. */
export function serveOnLoopback(server: grpc.Server): Promise<RunningServer> {
  return new Promise((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve({ port, close: () => server.forceShutdown() }),
    ),
  );
}

type Handler<Request, Response> = (request: Request) => Response | Promise<Response>;

/** A unary handler written as an async function; what it throws becomes the call's error, message unchanged. */
export const unary =
  <Request, Response>(handle: Handler<Request, Response>): grpc.handleUnaryCall<Request, Response> =>
  (call, callback) => {
    Promise.resolve()
      .then(() => handle(call.request))
      .then(
        response => callback(null, response),
        (error: Error) => callback({ code: grpc.status.UNKNOWN, message: error.message }),
      );
  };
