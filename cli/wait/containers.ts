/** Why a container does not run, or does not stay: of servers, pickers and copy Jobs alike. */
import type { Cluster } from "./cluster";
import { type Finding, firstOf, quoted, type Rule } from "./findings";
import { type ContainerStatus, nameOf, type Pod } from "./objects";

/** What is known of a container that waits or has ended. */
interface Trouble {
  readonly pod: string;
  readonly container: string;
  readonly image: string;
  /** Of a state that waits: `ImagePullBackOff`. Empty: it does not wait. */
  readonly waiting: string;
  /** Of a state that waits. */
  readonly message: string;
  /** How it ended the last time, if it did. */
  readonly exitCode: number | undefined;
  readonly endedBecause: string;
  readonly restarts: number;
  /** Its own last words: termination message and log. */
  readonly words: string;
  /** Recent events of the pod. */
  readonly events: readonly string[];
}

const RECENT_MS = 30 * 60_000;

/** The line of the container's own words that matches, as part of a sentence. */
const says =
  (pattern: RegExp, sentence: (line: string) => string) =>
  ({ words }: Trouble): string | undefined => {
    const line = words.split("\n").findLast(candidate => pattern.test(candidate));
    return line === undefined ? undefined : sentence(quoted(line));
  };

const waits =
  (pattern: RegExp, sentence: (trouble: Trouble) => string) =>
  (trouble: Trouble): string | undefined =>
    pattern.test(trouble.waiting) ? sentence(trouble) : undefined;

const isImage = /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|RegistryUnavailable)$/;

/** Errors that end a container for good stand before the reason that Kubernetes gives, which is only that it ended. */
const RULES: readonly Rule<Trouble>[] = [
  {
    cause: "missing-secret",
    stuck: true,
    what: ({ waiting, message }) => {
      const [, kind, name] = message.match(/(secret|configmap) "([^"]+)" not found/) ?? [];
      return waiting === "CreateContainerConfigError" && name ? `the ${kind} "${name}" does not exist` : undefined;
    },
    todo:
      "Set the token with `pulumi -C workloads config set --secret llmd-workloads:huggingFaceToken` if it is missing, " +
      "then run `pulumi -C workloads up`.",
  },
  {
    cause: "container-config",
    stuck: true,
    what: waits(/^(CreateContainerConfigError|CreateContainerError|RunContainerError)$/, ({ message }) => {
      return `the container cannot be made: ${quoted(message)}`;
    }),
    todo: "Correct what the message names, then run `pulumi -C workloads up`.",
  },
  {
    cause: "image",
    stuck: true,
    what: waits(isImage, ({ image, message }) => `the image ${image} does not come: ${quoted(message)}`),
    todo: ({ message }) => imageTodo(message),
  },
  {
    cause: "out-of-memory",
    stuck: true,
    what: ({ endedBecause, container }) =>
      endedBecause === "OOMKilled"
        ? `container ${container} needs more memory than it may have (OOMKilled)`
        : undefined,
    todo: "Raise the model's resources.memory in llmd-workloads:models.",
  },
  {
    cause: "gpu-memory",
    stuck: true,
    what: says(
      /CUDA out of memory|OutOfMemoryError|No available memory for the cache blocks|larger than the (available|maximum).*KV cache|less than desired GPU memory/i,
      line => `the model does not fit into the GPUs' memory: ${line}`,
    ),
    todo: "Lower maxModelLen, raise tensorParallel, or quantise the model; gpuMemoryUtilization decides what is used.",
  },
  {
    cause: "hugging-face-token",
    stuck: true,
    what: says(
      /GatedRepoError|gated repo|is gated, private|token may not read|Invalid (user )?token|(401|403) Client Error|HTTP (Error )?(401|403)/i,
      line => `Hugging Face refuses the token: ${line}`,
    ),
    todo:
      "Accept the model's licence with the token's account, or set another token: " +
      "`pulumi -C workloads config set --secret llmd-workloads:huggingFaceToken`, then `pulumi -C workloads up`.",
  },
  {
    cause: "s3-credentials",
    stuck: true,
    what: says(
      /before EKS knew its Pod Identity association|NoCredential|Unable to locate credentials|no AWS credentials/,
      line => {
        return `the pod has no AWS credentials: ${line}`;
      },
    ),
    todo: ({ pod }) =>
      `Delete it: \`kubectl delete pod ${pod}\`, and so each pod named here. EKS gives credentials only to pods made after ` +
      "their Pod Identity association; the new pod gets some. If it does not, `aws eks list-pod-identity-associations` must " +
      "name its service account, which `pulumi -C workloads up --refresh` sees to.",
  },
  {
    cause: "s3-access",
    stuck: true,
    what: says(/AccessDenied|Access Denied|\(403\) when calling/, line => `S3 refuses the pod's role: ${line}`),
    todo:
      "Run `pulumi -C infra up`, which makes the roles, then `pulumi -C workloads up --refresh`, which gives them to pods. If that " +
      "does not help, a policy of the account's own or the bucket's key refuses it: `aws cloudtrail lookup-events` names it.",
  },
  {
    cause: "weights-missing",
    stuck: true,
    what: says(
      /NoSuchKey|NoSuchBucket|RepositoryNotFound|RevisionNotFound|404 Client Error|has no commit|has no safetensors|has moved to/,
      line => {
        return `the weights are not where they are looked for: ${line}`;
      },
    ),
    todo: "Check model and modelCommit in llmd-workloads:models, and that the copy Job has ended well.",
  },
  {
    cause: "engine-arguments",
    stuck: true,
    what: says(/unrecognized arguments|error: argument /, line => `vLLM does not take its arguments: ${line}`),
    todo: "Correct engineArgs in llmd-workloads:models.",
  },
  {
    cause: "efa-nccl",
    stuck: true,
    what: says(/NCCL error|NET\/OFI.*(fail|error|unable)|LIBFABRIC.*(fail|error)|ncclSystemError/i, line => {
      return `the GPUs do not reach each other: ${line}`;
    }),
    todo: "Check that the pool has `efa: true`, and set debug.nccl for this model to see more.",
  },
  {
    // Said by the server's start in workloads/paths/wideExpert.ts; kubelet starts it again, and it waits again.
    cause: "group-incomplete",
    stuck: false,
    what: says(/has no address after \d+ s/, line => `a pod waited in vain for the others of its group: ${line}`),
    todo: ({ pod }) =>
      `See what the others wait for: \`kubectl get pods -o wide\` beside ${pod}. A pod that has a node and no name lacks the ` +
      "headless Service of its LeaderWorkerSet, or the cluster's DNS does not answer.",
  },
  {
    cause: "load-timeout",
    stuck: true,
    what: ({ events, restarts }) =>
      restarts > 0 && events.some(text => /failed startup probe/.test(text))
        ? "the server was ended because it had not loaded within its startup budget"
        : undefined,
    todo: "Look where its time goes: `kubectl logs --previous`. Weights in S3 (weights.source: s3) load fastest.",
  },
  {
    cause: "crash",
    stuck: true,
    what: trouble => (trouble.restarts > 1 ? crash(trouble) : undefined),
    todo: "Read its log: `kubectl logs --previous`.",
  },
  {
    // Once may have been the weather.
    cause: "crash-once",
    stuck: false,
    what: crash,
    todo: "Read its log: `kubectl logs --previous`. It is started again.",
  },
];

function crash({ container, exitCode = 0, restarts, words }: Trouble): string | undefined {
  return exitCode === 0
    ? undefined
    : `container ${container} ended with code ${exitCode}, ${times(restarts)} so far${lastWords(words)}`;
}

const times = (restarts: number): string => (restarts <= 1 ? "once" : `${restarts} times`);

function lastWords(words: string): string {
  const line = words.trimEnd().split("\n").at(-1) ?? "";
  return line === "" ? "" : `: ${quoted(line)}`;
}

function imageTodo(message: string): string {
  if (/toomanyrequests|429/i.test(message))
    return "Wait, or pull through the account's registry: the source limits pulls.";
  if (/denied|forbidden|unauthorized|40[13]/i.test(message))
    return "Give the node role the right to pull from this registry (pull-through cache), or make the image public.";
  if (/not found|manifest unknown|404|InvalidImageName/i.test(message))
    return "Check the image's name and tag: no such image is there.";
  return "Check the way from the nodes to the registry: NAT, endpoints, pull-through cache.";
}

/** @returns the first trouble of each container that has one. */
export function whyNotRunning(pod: Pod, cluster: Cluster): Finding[] {
  const { initContainerStatuses, containerStatuses } = pod.status;
  const events = cluster.textsOf("Pod", nameOf(pod), RECENT_MS);
  return [...initContainerStatuses, ...containerStatuses].flatMap(status => {
    const trouble = troubleOf(nameOf(pod), status, cluster.log(nameOf(pod), status.name), events);
    return (trouble && firstOf(RULES, trouble, `Pod/${nameOf(pod)}`)) ?? [];
  });
}

function troubleOf(pod: string, status: ContainerStatus, log: string, events: readonly string[]): Trouble | undefined {
  const { name, image, ready, restartCount, state, lastState } = status;
  const ended = state.terminated ?? lastState.terminated;
  if (ready || (state.waiting === undefined && ended === undefined)) return undefined;
  return {
    pod,
    container: name,
    image,
    waiting: state.waiting?.reason ?? "",
    message: state.waiting?.message ?? "",
    exitCode: ended?.exitCode,
    endedBecause: ended?.reason ?? "",
    restarts: Math.max(restartCount, ended && ended.exitCode !== 0 ? 1 : 0),
    words: ended === undefined || ended.exitCode === 0 ? "" : `${log}\n${ended.message}`,
    events,
  };
}
