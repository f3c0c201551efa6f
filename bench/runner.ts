/** The process that does a benchmark. */
import { type RunRequest, serveRun } from "../rehearsal/ownProcess";
import { Bench } from "./bench";
import { allMet, renderReport } from "./report";

export interface BenchRequest extends RunRequest {
  /** Numbers of models, in ascending order. */
  readonly models: readonly number[];
  /** Measurements of each preview. */
  readonly runs: number;
}

const EXIT = { met: 0, missed: 1 } as const;

serveRun<BenchRequest>("bench", (request, context) => {
  const bench = new Bench({ ...request, ...context });
  return {
    logFolder: bench.logFolder,
    run: async () => {
      const report = await bench.run();
      const text = request.json ? JSON.stringify(report, undefined, 2) : renderReport(report);
      return { text, exitCode: allMet(report.bars) ? EXIT.met : EXIT.missed };
    },
    stop: () => bench.stop(),
  };
});
