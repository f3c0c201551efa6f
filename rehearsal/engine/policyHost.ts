/**
 * Starts policy packs. The engine tells a pack its stack and configuration by ConfigureStack, but a Node pack reads them
 * from its environment when it loads: until ConfigureStack this host answers as the pack, then it starts the real one with
 * that environment and forwards every call. The official language host does the same.
 */
import { type ChildProcess, spawn } from "node:child_process";
import * as grpc from "@grpc/grpc-js";
import { AnalyzerClient, AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as analyzer from "@pulumi/pulumi/proto/analyzer_pb";
import { type RunPluginRequest, RunPluginResponse } from "@pulumi/pulumi/proto/language_pb";
import { grpcOptions, serveOnLoopback } from "../grpc";
import { configurationEnvironment, type HostOptions, sdkScript } from "./program";

type RunPlugin = grpc.ServerWritableStream<RunPluginRequest, RunPluginResponse>;
type Forward = (request: unknown, callback: grpc.sendUnaryData<unknown>) => void;

/** Answers the engine's request to run a plugin; packs are the only plugins programs of this product have. */
export async function servePolicyPack(call: RunPlugin, options: HostOptions): Promise<void> {
  if (call.request.getKind() !== "analyzer") {
    call.emit("error", {
      code: grpc.status.UNIMPLEMENTED,
      details: `cannot run a plugin of kind "${call.request.getKind()}"`,
    });
    return;
  }
  const server = new grpc.Server(grpcOptions);
  const pack = new PolicyPack(call, options, () => server.forceShutdown());
  server.addService(AnalyzerService, {
    ...forwarded(pack),
    handshake: (_call: unknown, callback: grpc.sendUnaryData<unknown>) =>
      callback(null, new analyzer.AnalyzerHandshakeResponse()),
    configureStack: (
      { request }: { request: analyzer.AnalyzerStackConfigureRequest },
      callback: grpc.sendUnaryData<unknown>,
    ) => {
      pack.environment = stackEnvironment(request);
      pack.forward("configureStack")(request, callback);
    },
  });
  const { port } = await serveOnLoopback(server);
  call.on("cancelled", () => pack.stop());
  // The engine reads the port from the plugin's first line of output.
  call.write(new RunPluginResponse().setStdout(Buffer.from(`${port}\n`)));
}

function forwarded(pack: PolicyPack): grpc.UntypedServiceImplementation {
  const methods = Object.keys(AnalyzerService).map(method => {
    const forward = pack.forward(method);
    return [
      method,
      ({ request }: { request: unknown }, callback: grpc.sendUnaryData<unknown>) => forward(request, callback),
    ];
  });
  return Object.fromEntries(methods) as grpc.UntypedServiceImplementation;
}

const stackEnvironment = (request: analyzer.AnalyzerStackConfigureRequest): NodeJS.ProcessEnv => ({
  ...configurationEnvironment(request.getConfigMap(), request.getConfigSecretKeysList()),
  PULUMI_NODEJS_ORGANIZATION: request.getOrganization(),
  PULUMI_NODEJS_PROJECT: request.getProject(),
  PULUMI_NODEJS_STACK: request.getStack(),
  PULUMI_NODEJS_DRY_RUN: String(request.getDryRun()),
});

/** The real pack's process, started at the first call that needs it. */
class PolicyPack {
  environment: NodeJS.ProcessEnv = {};
  private client: Promise<grpc.Client> | undefined;
  private child: ChildProcess | undefined;

  constructor(
    private readonly call: RunPlugin,
    private readonly options: HostOptions,
    private readonly onEnd: () => void,
  ) {}

  forward(method: string): Forward {
    return (request, callback) => {
      this.client ??= this.start();
      this.client.then(
        client => (client as unknown as Record<string, Forward>)[method]?.(request, callback),
        (error: Error) => callback({ code: grpc.status.INTERNAL, message: error.message }),
      );
    };
  }

  stop(): void {
    this.child?.kill("SIGKILL");
    // A pack that was killed while it started has no client.
    this.client?.then(
      client => client.close(),
      () => {},
    );
    this.onEnd();
  }

  private start(): Promise<grpc.Client> {
    const request = this.call.request;
    const folder = request.getInfo()?.getProgramDirectory() || request.getProgram();
    const child = spawn(process.execPath, [sdkScript(folder, "run-policy-pack"), ...request.getArgsList(), folder], {
      cwd: folder,
      env: { ...this.options.env, ...this.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = this.options.processes.adopt(child);
    child.stderr.on("data", chunk => this.call.write(new RunPluginResponse().setStderr(chunk as Buffer)));
    return new Promise((resolve, reject) => {
      let printed = "";
      child.stdout.on("data", chunk => {
        printed += String(chunk);
        const port = /^(\d+)\s/.exec(printed)?.[1];
        if (port) resolve(new AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), grpcOptions));
      });
      child.once("exit", code => {
        reject(new Error(`the policy pack ended with exit code ${code} while starting`));
        this.call.write(new RunPluginResponse().setExitcode(code ?? 1));
        this.call.end();
      });
    });
  }
}
