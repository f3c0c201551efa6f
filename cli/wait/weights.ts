/** Progress of the Job that copies a model's weights into the account's bucket. */
import type { Cluster } from "./cluster";
import { type Finding, quote } from "./findings";
import { type Condition, type Job, nameOf, type Pod, trueCondition } from "./objects";
import { podFindings, rejectionFindings } from "./pods";

/** `none`: the model's servers load their weights from another source. */
export type CopyState = "none" | "running" | "done" | "failed";

export interface Copy {
  /** State of the copy; `none`: the weights have another source. */
  readonly state: CopyState;
  /** Last line of its log while it runs; empty: there is none. */
  readonly words: string;
  /** Problems that block the copy; empty: none was recognised. */
  readonly findings: readonly Finding[];
}

/** Sums up all Jobs of one revision. */
export function copyProgress(jobs: readonly Job[], cluster: Cluster): Copy {
  const copies = jobs.map(job => progressOf(job, cluster));
  const state = (["failed", "running", "done"] as const).find(candidate =>
    copies.some(copy => copy.state === candidate),
  );
  return {
    state: state ?? "none",
    words: copies.find(({ words }) => words !== "")?.words ?? "",
    findings: copies.flatMap(({ findings }) => findings),
  };
}

function progressOf(job: Job, cluster: Cluster): Copy {
  const has = (type: string) => trueCondition(job.status.conditions, type);
  if (has("Complete")) return { state: "done", words: "", findings: [] };
  const causes = newestPodFindings(job, cluster);
  const failure = has("Failed") ?? has("FailureTarget");
  if (failure) return { state: "failed", words: "", findings: [...causes, failed(job, failure)] };
  if (job.spec.suspend) return { state: "running", words: "", findings: [suspended(job)] };
  return { state: "running", words: lastLine(job, cluster), findings: [...causes, ...rejectedPods(job, cluster)] };
}

function newestPodFindings(job: Job, cluster: Cluster): Finding[] {
  const pod = newestPod(job, cluster);
  return pod ? podFindings(pod, cluster) : [];
}

/** Older pods have failed and been replaced. */
const newestPod = (job: Job, cluster: Cluster): Pod | undefined =>
  cluster.jobPods.get(nameOf(job))?.toSorted((a, b) => createdAt(b) - createdAt(a))[0];

const createdAt = ({ metadata }: Pod): number => metadata.creationTimestamp?.getTime() ?? 0;

const failed = (job: Job, { reason, message }: Condition): Finding => ({
  cause: "copy-failed",
  stuck: true,
  what: `the copy of the weights failed: ${quote(`${reason} ${message}`)}`,
  todo:
    `Read \`kubectl logs job/${nameOf(job)}\` and resolve the cause. Then run \`kubectl delete job ${nameOf(job)}\` and ` +
    "`pulumi -C workloads up --refresh`: the copy continues where it ended.",
  objects: [`Job/${nameOf(job)}`],
});

const suspended = (job: Job): Finding => ({
  cause: "copy-suspended",
  stuck: true,
  what: "the copy of the weights is suspended",
  todo: `Run \`kubectl patch job ${nameOf(job)} -p '{"spec":{"suspend":false}}'\`: somebody suspended it.`,
  objects: [`Job/${nameOf(job)}`],
});

/** The Job controller repeats what still blocks it within this time. */
const RECENT_MS = 10 * 60_000;

function rejectedPods(job: Job, cluster: Cluster): Finding[] {
  const text = cluster.textsOf("Job", nameOf(job), RECENT_MS).find(candidate => candidate.startsWith("FailedCreate"));
  return rejectionFindings(text, `Job/${nameOf(job)}`);
}

function lastLine(job: Job, cluster: Cluster): string {
  const pod = newestPod(job, cluster);
  const container = pod?.spec.containers[0]?.name ?? "";
  const lines = pod?.status.phase === "Running" ? cluster.log(nameOf(pod), container).trimEnd().split("\n") : [];
  return quote(lines.at(-1) ?? "");
}
