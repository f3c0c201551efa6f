/**
 * Adapters at their commits. `--lora-modules` takes a repository without a revision (vLLM v0.26.0, `LoRAModulePath` and
 * `get_adapter_absolute_path`), so an init container fetches the commit, and vLLM is given its folder.
 */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { ADAPTER_CONTAINER } from "../../catalog/models/adapters";
import type { RevisionContext } from "../context";
import { HUB_ENV, tokenEnv } from "../huggingFace";
import type { LoraAdapter, RevisionPlan } from "../plan";
import { SCRIPT_SECURITY, scriptText } from "./scripts";

/** Volume of a server's adapters, and where it is mounted. */
export const ADAPTERS = { name: "adapters", mountPath: "/adapters" } as const;

/** Path of an adapter for vLLM: a folder of the pod, or a repository whose `main` it fetches itself. */
export const adapterPath = ({ name, source, commit }: LoraAdapter): string =>
  commit === undefined ? source : `${ADAPTERS.mountPath}/${name}/${commit}`;

/** True where an adapter has to be there before the server starts. */
export const hasPinnedAdapters = ({ lora }: Pick<RevisionPlan, "lora">): boolean => lora.some(isPinned);

const isPinned = (adapter: LoraAdapter): adapter is LoraAdapter & { commit: string } => adapter.commit !== undefined;

/**
 * An init container that fetches every adapter that has a commit; none where no adapter has one.
 * @param image The server's own, which has Hugging Face's library.
 * @param tokenSecret Name of the Secret with the Hugging Face token, if one is configured.
 */
export function adapterFetch(
  { plan }: Pick<RevisionContext, "plan">,
  image: pulumi.Input<string>,
  tokenSecret: pulumi.Input<string> | undefined,
): k8s.types.input.core.v1.Container | undefined {
  if (!hasPinnedAdapters(plan)) return undefined;
  return {
    name: ADAPTER_CONTAINER,
    image,
    command: ["python3", "-c", scriptText("fetch_adapters.py")],
    args: plan.lora.filter(isPinned).flatMap(adapter => [adapterPath(adapter), adapter.source, adapter.commit]),
    // The library keeps notes of its own, and the root file system is closed to it.
    env: [{ name: "HF_HOME", value: `${ADAPTERS.mountPath}/.hub` }, ...HUB_ENV, ...tokenEnv(tokenSecret)],
    resources: { requests: { cpu: "500m", memory: "512Mi" }, limits: { memory: "2Gi" } },
    // The last lines of its log are what `kubectl describe` tells.
    terminationMessagePolicy: "FallbackToLogsOnError",
    securityContext: SCRIPT_SECURITY,
    volumeMounts: [ADAPTERS],
  };
}
