import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import type { ModelProgress } from "../../../cli/wait/diagnose";
import { renderProgress } from "../../../cli/wait/report";
import { createScreen } from "../../../cli/wait/screen";
import { Terminal } from "../../support/terminal";
import { finding, progress } from "./progress";

type Shown = readonly (readonly ModelProgress[])[];

const WAITING = progress("waiting");
const READY = progress("ready");

async function show(output: NodeJS.WritableStream, looks: Shown) {
  const screen = await createScreen(output as NodeJS.WriteStream);
  for (const look of looks) screen.show(look);
  return screen;
}

describe("progress without a terminal", () => {
  async function log(looks: Shown): Promise<string> {
    const output = new PassThrough({ encoding: "utf8" });
    (await show(output, looks)).clear();
    return String(output.read());
  }

  it("is a line for each change", async () =>
    assert.equal(
      await log([[WAITING], [WAITING], [progress("stuck", [finding("a", true)])], [READY]]),
      "qwen (v1): load, 1 of 2 ready: loads for 4 of at most 13 min\n" +
        "qwen (v1): load, 1 of 2 ready: loads for 4 of at most 13 min; stuck: there is a\n" +
        "qwen (v1): ready, 2 of 2 ready: loads for 4 of at most 13 min\n",
    ));

  it("is no line where only a random name has changed", async () => {
    const starts = (node: string, minutes = 4) => ({
      ...progress("waiting", [finding(`node ${node}`, false)]),
      detail: `node ${node} starts, pod qwen-v1-decode-6d4cf56db9-${node.slice(-5)} since ${minutes} min`,
    });
    const text = await log([[starts("gpu-p5-x7k2q")], [starts("gpu-p5-b4z9c")], [starts("gpu-p5-b4z9c", 5)]]);
    assert.deepEqual(
      text.split("\n").map(line => line.match(/node (\S+) starts.*since (\d)/)?.slice(1)),
      [["gpu-p5-x7k2q", "4"], ["gpu-p5-b4z9c", "5"], undefined],
    );
  });
});

describe("progress on a terminal", () => {
  /** Rows of a table on a terminal of this width. */
  const table = (models: readonly ModelProgress[], columns: number): string[] => {
    const rows = renderProgress(models, columns).trimEnd().split("\n");
    return rows.flatMap(row => row.match(new RegExp(`.{1,${columns}}`, "gu")) ?? [""]).map(row => row.trimEnd());
  };
  const long = { ...WAITING, detail: "0 of 2 nodes are ready; ".repeat(6) };
  const named = { ...long, model: "a-model-with-a-name-that-no-terminal-of-this-width-has-room-for" };

  for (const columns of [200, 100, 60])
    it(`is one table without remains of earlier ones, on ${columns} columns`, async () => {
      const terminal = new Terminal(columns);
      terminal.write("Waiting\n");
      const looks = [[WAITING], [long, READY], [named, long, READY], [long], [READY, { ...long, detail: "loads" }]];
      for (let count = 1; count <= looks.length; count++) {
        const screen = new Terminal(columns);
        await show(screen, looks.slice(0, count));
        assert.deepEqual(screen.screen(), table(looks[count - 1] ?? [], columns));
      }
      (await show(terminal, looks)).clear();
      assert.deepEqual(terminal.screen(), ["Waiting"]);
    });

  it("has the last rows where the table is higher than the terminal", async () => {
    const terminal = new Terminal(100, 10);
    const models = Array.from({ length: 20 }, (_, index) => ({ ...WAITING, model: `m${index}` }));
    await show(terminal, [models, models.map(model => ({ ...model, detail: "loads" }))]);
    assert.deepEqual(
      terminal.screen(),
      table(
        models.map(model => ({ ...model, detail: "loads" })),
        100,
      ).slice(-9),
    );
  });
});
