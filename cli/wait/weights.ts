/** The Job that copies a model's weights into the account's bucket. */
import type { Cluster } from "./cluster";
import { type Finding, quoted } from "./findings";
import { type Condition, type Job, nameOf, type Pod, trueCondition } from "./objects";
import { whyNotUp } from "./pods";

/** `none`: the model's servers get their weights elsewhere. */
export type CopyState = "none" | "running" | "done" | "failed";

export interface Copy {
  readonly state: CopyState;
  /** How far it is, in its own words; empty: it has not said. */
  readonly words: string;
  readonly findings: readonly Finding[];
}

/** All Jobs of one revision as one copy. */
export function copyOf(jobs: readonly Job[], cluster: Cluster): Copy {
  const copies = jobs.map(job => oneCopy(job, cluster));
  const state = (["failed", "running", "done"] as const).find(candidate =>
    copies.some(copy => copy.state === candidate),
  );
  return {
    state: state ?? "none",
    words: copies.find(({ words }) => words !== "")?.words ?? "",
    findings: copies.flatMap(({ findings }) => findings),
  };
}

function oneCopy(job: Job, cluster: Cluster): Copy {
  const has = (wanted: string) => trueCondition(job.status.conditions, wanted);
  if (has("Complete")) return { state: "done", words: "", findings: [] };
  const causes = podFindings(job, cluster);
  const failure = has("Failed") ?? has("FailureTarget");
  if (failure) return { state: "failed", words: "", findings: [...causes, failed(job, failure)] };
  if (job.spec.suspend) return { state: "running", words: "", findings: [suspended(job)] };
  return { state: "running", words: progress(job, cluster), findings: [...causes, ...refusals(job, cluster)] };
}

function podFindings(job: Job, cluster: Cluster): Finding[] {
  const pod = newestPod(job, cluster);
  return pod ? whyNotUp(pod, cluster) : [];
}

/** Those before it have failed and been replaced. */
const newestPod = (job: Job, cluster: Cluster): Pod | undefined =>
  cluster.jobPods.get(nameOf(job))?.toSorted((a, b) => createdAt(b) - createdAt(a))[0];

const createdAt = ({ metadata }: Pod): number => metadata.creationTimestamp?.getTime() ?? 0;

const failed = (job: Job, { reason, message }: Condition): Finding => ({
  cause: "copy-failed",
  stuck: true,
  what: `the copy of the weights has failed: ${quoted(`${reason} ${message}`)}`,
  todo:
    `Read \`kubectl logs job/${nameOf(job)}\`, resolve it, then \`kubectl delete job ${nameOf(job)}\` and ` +
    "`pulumi -C workloads up --refresh`: the copy goes on where it ended.",
  objects: [`Job/${nameOf(job)}`],
});

const suspended = (job: Job): Finding => ({
  cause: "copy-suspended",
  stuck: true,
  what: "the copy of the weights is suspended",
  todo: `Somebody suspended it: \`kubectl patch job ${nameOf(job)} -p '{"spec":{"suspend":false}}'\`.`,
  objects: [`Job/${nameOf(job)}`],
});

/** Within this time the Job controller repeats what still holds it up. */
const RECENT_MS = 10 * 60_000;

function refusals(job: Job, cluster: Cluster): Finding[] {
  const text = cluster.textsOf("Job", nameOf(job), RECENT_MS).find(candidate => candidate.startsWith("FailedCreate"));
  return text === undefined ? [] : [refusal(text, `Job/${nameOf(job)}`)];
}

/** Why the API server refuses pods, of whatever controller. */
export function refusal(text: string, object: string): Finding {
  const rest = { stuck: true, objects: [object] };
  if (/violates PodSecurity/.test(text))
    return {
      ...rest,
      cause: "pod-security",
      what: `the namespace's pod security refuses its pods: ${quoted(text)}`,
      todo: "Run `pulumi -C platform up`, which sets the namespace's level. If it stays, what the message names needs another.",
    };
  if (/exceeded quota/.test(text))
    return {
      ...rest,
      cause: "resource-quota",
      what: `the namespace's quota refuses its pods: ${quoted(text)}`,
      todo: "Raise the ResourceQuota of the models' namespace, or run fewer servers.",
    };
  return {
    ...rest,
    cause: "pods-refused",
    what: `its pods are refused: ${quoted(text)}`,
    todo: "Correct what the message names, then run `pulumi -C workloads up`.",
  };
}

function progress(job: Job, cluster: Cluster): string {
  const pod = newestPod(job, cluster);
  const container = pod?.spec.containers[0]?.name ?? "";
  const lines = pod?.status.phase === "Running" ? cluster.log(nameOf(pod), container).trimEnd().split("\n") : [];
  return quoted(lines.at(-1) ?? "");
}
