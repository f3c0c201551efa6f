/**
 * The proxy before a decoding server: it has the prompt read by the prefilling server that the picker chose, then hands the
 * request on. As in llm-d v0.9.0, guides/recipes/modelserver/base/single-host/pd/vllm.
 */
import { IMAGES } from "../../catalog/versions";
import type { Container, Port } from "./shape";

/**
 * Attempts beside the first, 200 ms apart, at the same prefilling server, where it refuses a connection or answers 502, 503
 * or 504: what a full queue of connections does for a moment. By default there is none, and since router v0.9 no fallback to
 * the decoding server either, so that the client would get the failure. More would not help: a server that is gone for longer
 * than half a second stays away for minutes.
 */
const PREFILL_RETRIES = 2;

/**
 * A container that starts first and stops last, which Kubernetes has since 1.29.
 * @param ports where it listens; each leads to the port of vLLM with the same place in the row.
 * @param args further arguments. @default []
 */
export const routingProxy = (ports: readonly [Port, ...Port[]], args: readonly string[] = []): Container => ({
  name: "routing-proxy",
  // Of the router, whose header says which prefilling server it is: the versions of the two belong together.
  image: IMAGES.routingProxy,
  restartPolicy: "Always",
  args: [
    `--port=${ports[0].containerPort}`,
    "--kv-connector=nixlv2",
    "--zap-log-level=1",
    // As the picker asks: in clear. Later versions call it --secure-serving.
    "--secure-proxy=false",
    `--prefill-max-retries=${PREFILL_RETRIES}`,
    ...args,
  ],
  ports: [...ports],
  // Upstream asks for nothing, so it would be the first to starve on a full node. Assumed, not measured.
  resources: { requests: { cpu: "1", memory: "512Mi" } },
  securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
});
