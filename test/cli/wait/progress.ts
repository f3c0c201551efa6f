/** Progress of a model for specs that need no cluster. */
import type { ModelProgress } from "../../../cli/wait/diagnose";
import type { Finding } from "../../../cli/wait/findings";

export const finding = (cause: string, stuck: boolean): Finding => ({
  ...{ cause, stuck, what: `there is ${cause}`, todo: `Remove ${cause}.` },
  objects: ["Pod/a", "Pod/b", "Pod/c"],
});

export const progress = (state: ModelProgress["state"], findings: readonly Finding[] = []): ModelProgress => ({
  ...{ model: "qwen", revision: "v1", stage: state === "waiting" || state === "stuck" ? "load" : state, state },
  servers: { ready: state === "ready" ? 2 : 1, wanted: 2 },
  pods: { scheduled: 2, running: 2, wanted: 2 },
  copy: "none",
  detail: "loads for 4 of at most 13 min",
  findings,
});
