/** Serves one provider double as a Pulumi resource provider. No knowledge of any cloud in here. */
import * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as services from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { grpcOptions, type RunningServer, serveOnLoopback, unary } from "../../grpc";
import { type CompareRequest, type DiffResult, type ProviderDouble, unknownTo } from "./double";
import { ComponentMonitor } from "./monitor";
import { isWithin } from "./paths";
import {
  type ChangeKind,
  changedPaths,
  copySecrets,
  fromStruct,
  plainObject,
  plainStruct,
  toStruct,
  type WireObject,
} from "./wire";

const { DiffChanges } = messages.DiffResponse;
const PropertyKind = messages.PropertyDiff.Kind;

/** Starts the double of package `pkg` (`aws`, `kubernetes`, …); the engine attaches by PULUMI_DEBUG_PROVIDERS. */
export function serveProvider(pkg: string, double: ProviderDouble): Promise<RunningServer> {
  const server = new grpc.Server(grpcOptions);
  server.addService(services.ResourceProviderService, {
    ...lifecycle(pkg, double),
    ...configuration(double),
    ...resources(double),
    ...functions(pkg, double),
  });
  return serveOnLoopback(server);
}

const empty = () => new Empty();

const lifecycle = (pkg: string, double: ProviderDouble) => ({
  handshake: unary(() => new messages.ProviderHandshakeResponse().setAcceptSecrets(true).setAcceptResources(true)),
  attach: unary(empty),
  cancel: unary(empty),
  getPluginInfo: unary(() => new PluginInfo().setVersion(double.version)),
  getSchema: unary(() =>
    new messages.GetSchemaResponse().setSchema(JSON.stringify({ name: pkg, version: double.version })),
  ),
});

const configuration = (double: ProviderDouble) => ({
  checkConfig: unary((request: messages.CheckRequest) => new messages.CheckResponse().setInputs(request.getNews())),
  diffConfig: unary((request: messages.DiffRequest) => {
    const before = plainStruct(request.getOldInputs());
    const after = plainStruct(request.getNews());
    const { changed, replaces } = double.diffConfig?.(before, after) ?? { changed: [], replaces: [] };
    return new messages.DiffResponse()
      .setChanges(changed.length > 0 ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE)
      .setDiffsList([...changed])
      .setReplacesList([...replaces]);
  }),
  configure: unary(async (request: messages.ConfigureRequest) => {
    await double.configure?.(plainStruct(request.getArgs()));
    return new messages.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true).setAcceptresources(true);
  }),
});

const identity = (request: { getType(): string; getName(): string; getUrn(): string }) => ({
  type: request.getType(),
  name: request.getName(),
  urn: request.getUrn(),
});

const resources = (double: ProviderDouble) => {
  /** Outputs as they leave the double: secrets of the inputs stay at their paths, and those of the type are added. */
  const outgoing = (type: string, marked: WireObject, outputs: WireObject) =>
    toStruct(copySecrets(marked, double.markSecrets?.(type, outputs) ?? outputs) as WireObject);

  return {
    check: unary(async (request: messages.CheckRequest) => {
      const olds = request.getOlds();
      const result = await double.check(identity(request), fromStruct(request.getNews()), olds && fromStruct(olds));
      const failures = (result.failures ?? []).map(({ property, reason }) =>
        new messages.CheckFailure().setProperty(property).setReason(reason),
      );
      return new messages.CheckResponse().setInputs(toStruct(result.inputs)).setFailuresList(failures);
    }),
    diff: unary((request: messages.DiffRequest) => diff(double, request)),
    create: unary(async (request: messages.CreateRequest) => {
      const marked = fromStruct(request.getProperties());
      const preview = request.getPreview();
      const created = await double.create({ ...identity(request), preview, inputs: plainObject(marked) });
      return new messages.CreateResponse()
        .setId(preview ? "" : created.id)
        .setProperties(outgoing(request.getType(), marked, created.outputs));
    }),
    update: unary(async (request: messages.UpdateRequest) => {
      const marked = fromStruct(request.getNews());
      const outputs = await double.update({
        ...identity(request),
        id: request.getId(),
        preview: request.getPreview(),
        inputs: plainObject(marked),
        state: plainStruct(request.getOlds()),
        ignoreChanges: request.getIgnorechangesList(),
      });
      return new messages.UpdateResponse().setProperties(outgoing(request.getType(), marked, outputs));
    }),
    read: unary((request: messages.ReadRequest) => read(double, request, outgoing)),
    delete: unary(async (request: messages.DeleteRequest) => {
      const state = plainStruct(request.getProperties());
      await double.delete({ ...identity(request), id: request.getId(), state });
      return empty();
    }),
  };
};

async function read(
  double: ProviderDouble,
  request: messages.ReadRequest,
  outgoing: (type: string, marked: WireObject, outputs: WireObject) => ReturnType<typeof toStruct>,
): Promise<messages.ReadResponse> {
  const [marked, markedState] = [fromStruct(request.getInputs()), fromStruct(request.getProperties())];
  const [inputs, state] = [plainObject(marked), plainObject(markedState)];
  const known = { ...identity(request), id: request.getId(), inputs, state };
  const found = double.read ? await double.read(known) : { inputs, outputs: state };
  if (!found) return new messages.ReadResponse();
  return new messages.ReadResponse()
    .setId(request.getId())
    .setInputs(outgoing(request.getType(), marked, found.inputs))
    .setProperties(outgoing(request.getType(), markedState, found.outputs));
}

/**
 * Compares inputs of the last operation with the new ones, unless the double has a rule of its own. Outputs are never compared:
 * values that the server filled in are no change, so a second run of the same program changes nothing.
 */
async function diff(double: ProviderDouble, request: messages.DiffRequest): Promise<messages.DiffResponse> {
  const compared = {
    ...identity(request),
    id: request.getId(),
    oldInputs: plainStruct(request.getOldInputs()),
    newInputs: plainStruct(request.getNews()),
    state: plainStruct(request.getOlds()),
  };
  const changes = await changesOf(double, compared, request.getIgnorechangesList());
  if (changes.size === 0) return new messages.DiffResponse().setChanges(DiffChanges.DIFF_NONE);
  return detailedDiff(changes, await double.diff({ ...compared, changed: [...changes.keys()] }), !double.changes);
}

/** Changes by path, without those that the program ignores. */
export async function changesOf(
  double: ProviderDouble,
  compared: CompareRequest,
  ignoreChanges: readonly string[],
): Promise<Map<string, ChangeKind>> {
  const all = (await double.changes?.(compared)) ?? changedPaths(compared.oldInputs, compared.newInputs);
  return new Map([...all].filter(([path]) => !isWithin(path, ignoreChanges)));
}

/** @param isOfInputs true where only inputs were compared: the engine then shows a change against inputs, else against outputs. */
function detailedDiff(
  changes: ReadonlyMap<string, ChangeKind>,
  result: DiffResult,
  isOfInputs: boolean,
): messages.DiffResponse {
  const response = new messages.DiffResponse()
    .setChanges(DiffChanges.DIFF_SOME)
    .setDiffsList([...new Set([...changes.keys()].map(path => path.split(/[.[]/)[0] ?? path))])
    .setReplacesList([...result.replaces])
    .setDeletebeforereplace(result.deleteBeforeReplace)
    .setHasdetaileddiff(true);
  for (const [path, kind] of changes) {
    const replaces = isWithin(path, result.replaces);
    const inputDiff = isOfInputs || kind === "delete";
    const property = new messages.PropertyDiff().setKind(propertyKind(kind, replaces)).setInputdiff(inputDiff);
    response.getDetaileddiffMap().set(path, property);
  }
  return response;
}

const propertyKind = (kind: ChangeKind, replaces: boolean): messages.PropertyDiff.Kind =>
  ({
    add: replaces ? PropertyKind.ADD_REPLACE : PropertyKind.ADD,
    delete: replaces ? PropertyKind.DELETE_REPLACE : PropertyKind.DELETE,
    update: replaces ? PropertyKind.UPDATE_REPLACE : PropertyKind.UPDATE,
  })[kind];

const functions = (pkg: string, double: ProviderDouble) => ({
  invoke: unary(async (request: messages.InvokeRequest) => {
    const token = request.getTok();
    if (!double.invoke) throw unknownTo(pkg, "function", token);
    const answer = await double.invoke(token, plainStruct(request.getArgs()));
    return new messages.InvokeResponse().setReturn(toStruct(answer));
  }),
  call: unary((request: messages.CallRequest): messages.CallResponse => {
    throw unknownTo(pkg, "method", request.getTok());
  }),
  construct: unary(async (request: messages.ConstructRequest) => {
    if (!double.construct) throw unknownTo(pkg, "component", request.getType());
    const monitor = new ComponentMonitor(request);
    try {
      const { urn, state } = await double.construct({
        type: request.getType(),
        name: request.getName(),
        inputs: fromStruct(request.getInputs()),
        preview: request.getDryrun(),
        monitor,
      });
      return new messages.ConstructResponse().setUrn(urn).setState(toStruct(state));
    } finally {
      monitor.close();
    }
  }),
});
