/**
 * llm-d's precise prefix cache: as the optimized baseline, but servers tell the picker what their caches hold, block by
 * block, where the baseline guesses it from the requests it has seen. As published in llm-d v0.9.0,
 * guides/precise-prefix-cache-routing.
 */
import { LABELS, SERVER_PORT_NAMES, SERVER_PORTS } from "../../catalog/serving";
import { fromField, NOT_AWAITED } from "../../contracts/placement";
import { type RevisionKey, rendererName, serverSelector } from "../names";
import type { PickerConfig } from "../picker/config";
import type { RevisionDraft, RevisionPlan, RoleDraft } from "../plan";
import { wholeRole } from "../servers/roles";
import type { ExtraObject, ServerShape, ServingPath } from "../servers/shape";
import { baselineServer, GUIDE_SIZE } from "./optimizedBaseline";

/** Upstream's name of the path, value of the label `llm-d.ai/guide`. */
export const GUIDE = "precise-prefix-cache-routing";

/** Tokens of one block of the cache: what servers tell of, and what the picker looks up, in one number. */
export const BLOCK_TOKENS = 64;

/**
 * Events of a server's cache. Replays of them are off on both sides. A picker of v0.10.0 that starts
 * after the server asks for a replay from the first batch on, but vLLM keeps only the last 10,000. If batches are missing, the
 * picker clears its index of that server and drops every further event, until the server restarts. Without replays it
 * uses events from the moment it connects.
 */
const EVENTS_PORT = SERVER_PORTS.cacheEvents;

/** Beginning of a message's topic, by which the picker knows messages of its servers. */
const TOPIC = "kv@";

function eventsArg({ servedName }: RevisionDraft): string {
  const config = {
    enable_kv_cache_events: true,
    publisher: "zmq",
    endpoint: `tcp://*:${EVENTS_PORT}`,
    // kubelet puts the address in; the picker knows its servers by address and port, and what they hold by the model that
    // requests name.
    topic: `${TOPIC}$(POD_IP):${SERVER_PORTS.serving}@${servedName}`,
  };
  return `--kv-events-config=${JSON.stringify(config)}`;
}

function server(plan: RevisionDraft, role: RoleDraft): ServerShape {
  const baseline = baselineServer(plan, role);
  return {
    ...baseline,
    args: [...baseline.args, `--block-size=${BLOCK_TOKENS}`, eventsArg(plan)],
    env: [fromField("POD_IP", "status.podIP"), ...baseline.env],
    ports: [...baseline.ports, { name: SERVER_PORT_NAMES.cacheEvents, containerPort: EVENTS_PORT }],
    // The picker's default for whose events it reads, as versions have it that look at labels.
    labels: { [LABELS.inferenceServing]: "true" },
  };
}

/**
 * Address where the picker's `token-producer` has prompts turned into tokens. Every server does so beside its answers
 * (`/v1/completions/render`, `/v1/chat/completions/render`), with its own template and tokenizer. As in llm-d's guide since
 * 8052f220; a separate Deployment was the bottleneck there before the servers were.
 */
const rendererUrl = ({ name, revision }: Pick<RevisionPlan, "name" | "revision">): string =>
  `http://${rendererName({ model: name, revision })}:${SERVER_PORTS.serving}`;

/**
 * A name for the revision's servers that are Ready. It has no address of its own, so that network policies need to know no
 * more than the pods.
 */
const renderService = (key: RevisionKey): ExtraObject => ({
  kind: "Service",
  name: rendererName(key),
  // Without servers, which may be for hours, it stands for nothing.
  annotations: NOT_AWAITED,
  spec: {
    type: "ClusterIP",
    clusterIP: "None",
    selector: serverSelector(key, "decode"),
    ports: [{ name: "render-http", port: SERVER_PORTS.serving, targetPort: SERVER_PORTS.serving, appProtocol: "http" }],
  },
});

const PRODUCER = "precise-prefix-cache-producer";

/** Not the approximate producer, which plugins take by default. */
const PRECISE = { prefixMatchInfoProducerName: PRODUCER };

const pickerConfig = (plan: RevisionPlan): PickerConfig => ({
  apiVersion: "llm-d.ai/v1alpha1",
  kind: "EndpointPickerConfig",
  plugins: [
    { type: "token-producer", parameters: { modelName: plan.servedName, vllm: { url: rendererUrl(plan) } } },
    { type: "endpoint-notification-source" },
    {
      type: PRODUCER,
      parameters: {
        tokenProcessorConfig: { blockSizeTokens: BLOCK_TOKENS },
        speculativeIndexing: true,
        indexerConfig: { kvBlockIndexConfig: { enableMetrics: true } },
        kvEventsConfig: {
          topicFilter: TOPIC,
          concurrency: 8,
          discoverPods: true,
          podDiscoveryConfig: { socketPort: EVENTS_PORT },
        },
      },
    },
    { type: "inflight-load-producer", parameters: PRECISE },
    // Upstream measured 15926 tokens a second for its reference; the filter's default is 15928.
    { type: "prefix-cache-affinity-filter", parameters: PRECISE },
    { type: "token-load-scorer" },
  ],
  dataLayer: {
    sources: [{ pluginRef: "endpoint-notification-source", extractors: [{ pluginRef: PRODUCER }] }],
  },
  schedulingProfiles: [
    {
      name: "default",
      plugins: [{ pluginRef: "prefix-cache-affinity-filter" }, { pluginRef: "token-load-scorer" }],
    },
  ],
});

export const precisePrefix: ServingPath = {
  guide: GUIDE,
  kind: "Deployment",
  rollout: "oneByOne",
  cacheTransfer: "none",
  sizeKeys: ["replicas", "tensorParallel"],
  roles: [wholeRole(GUIDE_SIZE, { blockSize: BLOCK_TOKENS })],
  wholeNodes: false,
  spreadsExperts: false,
  scaledByRequests: true,
  adapters: true,
  tokenLoad: true,
  sharedStream: true,
  saturation: "utilization",
  reservedArgs: { "kv-events-config": "the path sets it" },
  reservedEnv: {},
  targetPorts: () => [SERVER_PORTS.serving],
  pickerConfig,
  server,
  extraObjects: key => [renderService(key)],
};
