/** The process that does a rehearsal. */
import { type RunRequest, serveRun } from "./ownProcess";
import { Rehearsal } from "./rehearse";
import { renderReport } from "./report";

export interface RehearsalRequest extends RunRequest {
  /** Name of the stack file: `dev`, `prod`, … */
  readonly stack: string;
  /** True if everything stays up after the rehearsal. */
  readonly keep: boolean;
}

serveRun<RehearsalRequest>("rehearsal", (request, context) => {
  const rehearsal = new Rehearsal({ ...request, ...context });
  return {
    logFolder: rehearsal.logFolder,
    run: async () => {
      const report = await rehearsal.run();
      const text = request.json ? JSON.stringify(report, undefined, 2) : renderReport(report);
      return { text, exitCode: 0, stays: request.keep };
    },
    stop: () => rehearsal.stop(),
  };
});
