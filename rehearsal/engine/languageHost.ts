/**
 * The Node.js language host: runs programs and policy packs for the engine as the official pulumi-language-nodejs does.
 * It attaches by PULUMI_DEBUG_LANGUAGES and lives as long as the rehearsal, so no host is started for each operation.
 */
import * as grpc from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { grpcOptions, type RunningServer, serveOnLoopback, unary } from "../grpc";
import { servePolicyPack } from "./policyHost";
import { type HostOptions, runProgram } from "./program";

type RunPlugin = grpc.ServerWritableStream<messages.RunPluginRequest, messages.RunPluginResponse>;

export function serveNodeLanguage(options: HostOptions): Promise<RunningServer> {
  // One engine at a time is attached: the operations of a rehearsal follow one another.
  let engineAddress = "";

  const server = new grpc.Server(grpcOptions);
  server.addService(LanguageRuntimeService, {
    handshake: unary((request: messages.LanguageHandshakeRequest) => {
      engineAddress = request.getEngineAddress();
      return new messages.LanguageHandshakeResponse();
    }),
    getPluginInfo: unary(() => new PluginInfo().setVersion(sdkVersion())),
    about: unary(() => new messages.AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
    getRequiredPackages: unary(() => new messages.GetRequiredPackagesResponse()),
    getRequiredPlugins: unary(() => new messages.GetRequiredPluginsResponse()),
    getProgramDependencies: unary(() => new messages.GetProgramDependenciesResponse()),
    runtimeOptionsPrompts: unary(() => new messages.RuntimeOptionsResponse()),
    installDependencies: (call: grpc.ServerWritableStream<unknown, unknown>) => call.end(),
    cancel: unary(() => new Empty()),
    run: unary((request: messages.RunRequest) => runProgram(request, engineAddress, options)),
    runPlugin: (call: RunPlugin) => servePolicyPack(call, options),
  });
  return serveOnLoopback(server);
}

const sdkVersion = (): string => (require("@pulumi/pulumi/package.json") as { version: string }).version;
