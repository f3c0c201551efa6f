/** The Job that copies a revision's weights from Hugging Face to S3, once. */
import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { NODE_LABELS } from "../../catalog/gpuPool";
import { LABELS } from "../../catalog/serving";
import { SYSTEM_POOL } from "../../catalog/systemPool";
import { IMAGES } from "../../catalog/versions";
import { NOT_AWAITED } from "../../contracts/placement";
import type { RevisionContext } from "../context";
import { HUB_ENV, tokenEnv } from "../huggingFace";
import type { RevisionPlan } from "../plan";
import { type Copier, copyName, createCopier } from "./identity";
import { encodingPath, MARKER, modelStoreOf, storedEncoding, weightsPrefix } from "./location";
import { COPY_RESOURCES, SCRIPT_SECURITY, scriptText } from "./scripts";

// Not copy.py: Python would take it for its own module of that name.
const SCRIPT = "copy_weights.py";
const FOLDER = "/scripts";
const CONTAINER = "copy";

/** Exit code of copy_weights.py for failures that no other run would cure. */
const HOPELESS = 78;

/** Each a new pod, which goes on where the last one ended. */
const RETRIES = 6;

/** 700 GB, the largest model of the catalogue, at a fifteenth of the speed that `catalog/startup.ts` expects. */
const DEADLINE_SECONDS = 12 * 60 * 60;

/**
 * Where the copy comes from and goes to decides the Job's name: a Job that has ended stays as it is, and other weights are
 * another Job.
 */
export const copyJobName = (context: RevisionContext): pulumi.Output<string> =>
  modelStoreOf(context.cluster).bucket.apply(bucket => {
    const { plan } = context;
    const encoding = storedEncoding(plan);
    const what = [
      plan.model,
      plan.weights.commit,
      `s3://${bucket}/${weightsPrefix(plan)}`,
      ...(encoding ? [encoding.sha256] : []),
    ].join("\n");
    return `${copyName(context)}-${createHash("sha256").update(what).digest("hex").slice(0, 8)}`;
  });

/**
 * Account, script and Job; none where the weights are not in S3, or are there already. No `up` waits for the Job: servers do,
 * see `weightsGuard`. Two revisions of the same weights have a Job each: the later one finds the work done, and two at one time do some of it
 * twice, which copy_weights.py sees to.
 *
 * Costs two vCPUs of the system pool for minutes; S3 charges a request for every 64 MiB, and what is stored.
 * @param tokenSecret Name of the Secret with the Hugging Face token, if one is configured.
 */
export function createCopyJob(
  context: RevisionContext,
  provider: pulumi.ProviderResource,
  tokenSecret: pulumi.Input<string> | undefined,
): k8s.batch.v1.Job | undefined {
  const { source, copied } = context.plan.weights;
  if (source !== "s3" || copied) return undefined;
  const copier = createCopier(context, provider);
  const script = createScript(context);
  return createJob(context, { copier, script, tokenSecret });
}

const createScript = (context: RevisionContext) =>
  new k8s.core.v1.ConfigMap(
    copyName(context),
    {
      metadata: { name: copyName(context), namespace: context.cluster.namespace },
      data: { [SCRIPT]: scriptText(SCRIPT) },
    },
    context.opts,
  );

interface JobNeeds {
  readonly copier: Copier;
  readonly script: k8s.core.v1.ConfigMap;
  readonly tokenSecret: pulumi.Input<string> | undefined;
}

function createJob(context: RevisionContext, { copier, script, tokenSecret }: JobNeeds): k8s.batch.v1.Job {
  const { account, association } = copier;
  const { key, cluster } = context;
  const labels = {
    [LABELS.app]: "weights-copy",
    [LABELS.model]: key.model,
    [LABELS.revision]: key.revision,
  };
  return new k8s.batch.v1.Job(
    copyName(context),
    {
      metadata: {
        name: copyJobName(context),
        namespace: cluster.namespace,
        labels,
        annotations: NOT_AWAITED,
      },
      // No ttlSecondsAfterFinished: a Job that removes itself is missed by the next refresh, and made and run again.
      spec: {
        backoffLimit: RETRIES,
        activeDeadlineSeconds: DEADLINE_SECONDS,
        podFailurePolicy: {
          rules: [
            { action: "FailJob", onExitCodes: { containerName: CONTAINER, operator: "In", values: [HOPELESS] } },
            // Its node went: no failure of its own.
            { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
          ],
        },
        template: {
          metadata: { labels, annotations: { "karpenter.sh/do-not-disrupt": "true" } },
          spec: {
            serviceAccountName: account.metadata.name,
            automountServiceAccountToken: false,
            // It asks no Service of the cluster.
            enableServiceLinks: false,
            // A new pod and not the container again: only new pods are given credentials.
            restartPolicy: "Never",
            // No priority: it gives way to what serves, and goes on where it was.
            nodeSelector: { [NODE_LABELS.nodePool]: SYSTEM_POOL },
            securityContext: { seccompProfile: { type: "RuntimeDefault" } },
            containers: [container(context, tokenSecret)],
            volumes: [{ name: "scripts", configMap: { name: script.metadata.name } }],
          },
        },
      },
    },
    { ...context.opts, dependsOn: [association] },
  );
}

function encodingArgs(plan: RevisionPlan): string[] {
  const encoding = storedEncoding(plan);
  if (encoding === undefined) return [];
  const { url, sha256 } = encoding;
  return [`--encoding=${encodingPath(encoding)}`, `--encoding-url=${url}`, `--encoding-sha256=${sha256}`];
}

const container = ({ plan, cluster }: RevisionContext, tokenSecret: pulumi.Input<string> | undefined) => ({
  name: CONTAINER,
  // It has Python and boto3, by the streamer that the servers load with, and one image less is to be trusted.
  image: IMAGES.vllm,
  command: ["python3", `${FOLDER}/${SCRIPT}`],
  args: [
    pulumi.interpolate`--bucket=${modelStoreOf(cluster).bucket}`,
    `--prefix=${weightsPrefix(plan)}`,
    `--marker=${MARKER}`,
    `--repository=${plan.model}`,
    `--commit=${plan.weights.commit}`,
    ...encodingArgs(plan),
  ],
  env: [{ name: "AWS_REGION", value: cluster.region }, ...HUB_ENV, ...tokenEnv(tokenSecret)],
  resources: COPY_RESOURCES,
  // The last lines of its log are what `kubectl describe` tells.
  terminationMessagePolicy: "FallbackToLogsOnError",
  securityContext: SCRIPT_SECURITY,
  volumeMounts: [{ name: "scripts", mountPath: FOLDER, readOnly: true }],
});
