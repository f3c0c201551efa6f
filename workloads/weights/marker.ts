/** Guard that keeps a server from loading weights that are not complete. */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { RevisionContext } from "../context";
import { copyJobName } from "./job";
import { ENCODINGS_FOLDER, encodingPath, MARKER, modelStoreOf, storedEncoding, weightsPrefix } from "./location";
import { SCRIPT_SECURITY, scriptText } from "./scripts";

/** A server's node is paid for while it waits; a copy that takes longer shows as restarts. */
const WAIT_SECONDS = 15 * 60;

/**
 * An init container that ends when the copy is complete, and fails after a quarter of an hour. It reads one object's head, and
 * downloads the vocabulary of a model that needs one. None where the weights are not in S3.
 * @param image The server's own, which streams from S3 and so has what this needs; another one would be pulled for nothing.
 */
export function weightsGuard(
  context: RevisionContext,
  image: pulumi.Input<string>,
): k8s.types.input.core.v1.Container | undefined {
  const { plan, cluster } = context;
  if (plan.weights.source !== "s3") return undefined;
  const encoding = storedEncoding(plan);
  const prefix = weightsPrefix(plan);
  return {
    name: "weights-guard",
    image,
    command: ["python3", "-c", scriptText("guard.py")],
    args: [
      ...[modelStoreOf(cluster).bucket, `${prefix}/${MARKER}`, copyJobName(context), String(WAIT_SECONDS)],
      ...(encoding ? [`${prefix}/${encodingPath(encoding)}`, `${ENCODINGS_FOLDER.mountPath}/${encoding.file}`] : []),
    ],
    env: [{ name: "AWS_REGION", value: cluster.region }],
    resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi" } },
    // The last lines of its log are what `kubectl describe` tells.
    terminationMessagePolicy: "FallbackToLogsOnError",
    securityContext: SCRIPT_SECURITY,
    ...(encoding && { volumeMounts: [ENCODINGS_FOLDER] }),
  };
}
