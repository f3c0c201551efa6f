/** Reasons why a container does not run, or ends: of servers, endpoint pickers and copy Jobs alike. */
import type { Cluster } from "./cluster";
import { type Finding, firstFinding, quote, type Rule } from "./findings";
import { type ContainerStatus, nameOf, type Pod } from "./objects";

/** Evidence about a container that waits or has ended. */
interface Trouble {
  readonly pod: string;
  readonly container: string;
  readonly image: string;
  /** Reason of a waiting state: `ImagePullBackOff`. Empty: the container does not wait. */
  readonly waiting: string;
  /** Message of a waiting state. */
  readonly message: string;
  /** Exit code of the last end; undefined: it has not ended yet. */
  readonly exitCode: number | undefined;
  /** Reason of the last end: `OOMKilled`. Empty: it has not ended yet. */
  readonly endedBecause: string;
  readonly restarts: number;
  /** Termination message and last lines of the log. Empty: it has not failed. */
  readonly words: string;
  /** Recent events of the pod. */
  readonly events: readonly string[];
}

const RECENT_MS = 30 * 60_000;

/** Puts the last line of the container's own words that matches behind a sentence. */
const lineMatching =
  (pattern: RegExp, sentence: string) =>
  ({ words }: Trouble): string | undefined => {
    const line = words.split("\n").findLast(candidate => pattern.test(candidate));
    return line === undefined ? undefined : `${sentence}: ${quote(line)}`;
  };

const waitingFor =
  (pattern: RegExp, sentence: (trouble: Trouble) => string) =>
  (trouble: Trouble): string | undefined =>
    pattern.test(trouble.waiting) ? sentence(trouble) : undefined;

const WORKLOADS_UP = "`pulumi -C workloads up`";
const SET_TOKEN = "`pulumi -C workloads config set --secret llmd-workloads:huggingFaceToken`";

const readLog = ({ pod, container }: Trouble): string => `Read \`kubectl logs --previous ${pod} -c ${container}\`.`;

const IMAGE_REMEDIES: readonly { readonly pattern: RegExp; readonly todo: string }[] = [
  {
    pattern: /toomanyrequests|429/i,
    todo: "Wait, or pull through the account's registry: the image's own registry limits pulls.",
  },
  {
    pattern: /denied|forbidden|unauthorized|40[13]/i,
    todo: "Give the node role the right to pull from this registry (pull-through cache), or make the image public.",
  },
  {
    pattern: /not found|manifest unknown|404|InvalidImageName/i,
    todo: "Correct the image's name or tag: the registry has no such image.",
  },
];

const CHECK_REGISTRY =
  "Check the route from the nodes to the registry: NAT, endpoints, pull-through cache (llmd-infra:network, imageCache).";

/** Specific errors come before the reason that Kubernetes gives, which only says that the container ended. */
const RULES: readonly Rule<Trouble>[] = [
  {
    cause: "missing-secret",
    stuck: true,
    what: ({ waiting, message }) => {
      const [, kind, name] = message.match(/(secret|configmap) "([^"]+)" not found/) ?? [];
      return waiting === "CreateContainerConfigError" && name ? `the ${kind} "${name}" does not exist` : undefined;
    },
    todo: `Run ${WORKLOADS_UP}. If it is the token that is missing, run ${SET_TOKEN} first.`,
  },
  {
    cause: "container-config",
    stuck: true,
    what: waitingFor(
      /^(CreateContainerConfigError|CreateContainerError|RunContainerError)$/,
      ({ message }) => `the container cannot be created: ${quote(message)}`,
    ),
    todo: `Correct what the message names, then run ${WORKLOADS_UP}.`,
  },
  {
    cause: "image",
    stuck: true,
    what: waitingFor(
      /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|RegistryUnavailable)$/,
      ({ image, message }) => `the image ${image} cannot be pulled: ${quote(message)}`,
    ),
    todo: ({ message }) => IMAGE_REMEDIES.find(({ pattern }) => pattern.test(message))?.todo ?? CHECK_REGISTRY,
  },
  {
    cause: "out-of-memory",
    stuck: true,
    what: ({ endedBecause, container }) =>
      endedBecause === "OOMKilled" ? `container ${container} exceeded its memory limit (OOMKilled)` : undefined,
    todo: `Raise the model's resources.memory in llmd-workloads:models, then run ${WORKLOADS_UP}.`,
  },
  {
    cause: "gpu-memory",
    stuck: true,
    what: lineMatching(
      /CUDA out of memory|OutOfMemoryError|No available memory for the cache blocks|larger than the (available|maximum).*KV cache|less than desired GPU memory/i,
      "the model does not fit into the GPUs' memory",
    ),
    todo:
      `Lower maxModelLen, raise tensorParallel, or quantize the model, then run ${WORKLOADS_UP}. ` +
      "gpuMemoryUtilization is the share of the memory that vLLM uses.",
  },
  {
    cause: "hugging-face-token",
    stuck: true,
    what: lineMatching(
      /GatedRepoError|gated repo|is gated, private|token may not read|Invalid (user )?token|(401|403) Client Error|HTTP (Error )?(401|403)/i,
      "Hugging Face rejects the token",
    ),
    todo: `Accept the model's licence with the token's account. Or set another token with ${SET_TOKEN}, then run ${WORKLOADS_UP}.`,
  },
  {
    cause: "s3-credentials",
    stuck: true,
    what: lineMatching(
      /before EKS knew its Pod Identity association|NoCredential|Unable to locate credentials|no AWS credentials/,
      "the pod has no AWS credentials",
    ),
    todo: ({ pod }) =>
      `Run \`kubectl delete pod ${pod}\`, and the same for each pod named here: EKS gives credentials only to pods that are ` +
      "younger than their Pod Identity association. If the new pod has none either, run `pulumi -C workloads up --refresh`. " +
      "Then `aws eks list-pod-identity-associations` must list its service account.",
  },
  {
    cause: "s3-access",
    stuck: true,
    what: lineMatching(/AccessDenied|Access Denied|\(403\) when calling/, "S3 denies access to the pod's role"),
    todo:
      "Run `pulumi -C infra up`, which makes the roles, then `pulumi -C workloads up --refresh`, which gives them to pods. If " +
      "access is still denied, `aws cloudtrail lookup-events` names the policy or key that denies it.",
  },
  {
    cause: "weights-missing",
    stuck: true,
    what: lineMatching(
      /NoSuchKey|NoSuchBucket|RepositoryNotFound|RevisionNotFound|404 Client Error|has no commit|has no safetensors|has moved to/,
      "the weights are not at their source",
    ),
    todo:
      "Check model and modelCommit in llmd-workloads:models, and with `kubectl get jobs` that the copy Job has completed. Then " +
      `run ${WORKLOADS_UP}.`,
  },
  {
    cause: "engine-arguments",
    stuck: true,
    what: lineMatching(/unrecognized arguments|error: argument /, "vLLM rejects its arguments"),
    todo: `Correct engineArgs in llmd-workloads:models, then run ${WORKLOADS_UP}.`,
  },
  {
    cause: "efa-nccl",
    stuck: true,
    what: lineMatching(
      /NCCL error|NET\/OFI.*(fail|error|unable)|LIBFABRIC.*(fail|error)|ncclSystemError/i,
      "the GPUs cannot communicate",
    ),
    todo: "Check that the pool has `efa: true` in llmd-infra:gpuPools. Set debug.nccl of this model to log more.",
  },
  {
    // The server's start in workloads/paths/wideExpert.ts says it. The kubelet restarts the container, which waits again.
    cause: "group-incomplete",
    stuck: false,
    what: lineMatching(/has no address after \d+ s/, "a pod waited too long for the other pods of its group"),
    todo: ({ pod }) =>
      `Run \`kubectl get pods -o wide\` and look at the other pods of ${pod}'s group. If one has a node and no DNS name, the ` +
      "headless Service of its LeaderWorkerSet is missing, or the cluster's DNS does not answer.",
  },
  {
    cause: "load-timeout",
    stuck: true,
    what: ({ events, restarts }) =>
      restarts > 0 && events.some(text => /failed startup probe/.test(text))
        ? "the server did not load within its startup budget and was stopped"
        : undefined,
    todo: trouble => `${readLog(trouble)} Weights in S3 (weights.source: s3) load fastest.`,
  },
  {
    cause: "crash",
    stuck: true,
    what: trouble => (trouble.restarts > 1 ? crash(trouble) : undefined),
    todo: readLog,
  },
  {
    // A single crash may have had a passing cause.
    cause: "crash-once",
    stuck: false,
    what: crash,
    todo: trouble => `${readLog(trouble)} Kubernetes restarts the container.`,
  },
];

function crash({ container, exitCode = 0, restarts, words }: Trouble): string | undefined {
  return exitCode === 0
    ? undefined
    : `container ${container} exited with code ${exitCode}, ${times(restarts)} so far${lastWords(words)}`;
}

const times = (restarts: number): string => (restarts <= 1 ? "once" : `${restarts} times`);

function lastWords(words: string): string {
  const line = words.trimEnd().split("\n").at(-1) ?? "";
  return line === "" ? "" : `: ${quote(line)}`;
}

/** @returns the first finding of each container that has one. */
export function containerFindings(pod: Pod, cluster: Cluster): Finding[] {
  const { initContainerStatuses, containerStatuses } = pod.status;
  const events = cluster.textsOf("Pod", nameOf(pod), RECENT_MS);
  return [...initContainerStatuses, ...containerStatuses].flatMap(status => {
    const trouble = troubleOf(nameOf(pod), status, cluster.log(nameOf(pod), status.name), events);
    return (trouble && firstFinding(RULES, trouble, `Pod/${nameOf(pod)}`)) ?? [];
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
