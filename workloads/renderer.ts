/**
 * Turns prompts into tokens for a picker that knows caches by the tokens they hold. Every server does so beside its answers
 * (`/v1/completions/render`, `/v1/chat/completions/render`), with its own template and tokenizer. As in llm-d's guide on
 * precise prefix cache routing since 8052f220; a separate Deployment was the bottleneck there before the servers were.
 */
import { SERVER_PORTS } from "../catalog/serving";
import { NOT_AWAITED } from "../contracts/placement";
import { type RevisionKey, rendererName, serverSelector } from "./names";
import type { RevisionPlan } from "./plan";
import type { ExtraObject } from "./servers/shape";

/** Where the picker's `token-producer` asks: a name of the picker's own namespace. */
export const rendererUrl = ({ name, revision }: Pick<RevisionPlan, "name" | "revision">): string =>
  `http://${rendererName({ model: name, revision })}:${SERVER_PORTS.serving}`;

/**
 * A name for the revision's servers that are Ready. It has no address of its own, so that network policies need to know no
 * more than the pods.
 */
export const renderService = (key: RevisionKey): ExtraObject => ({
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
