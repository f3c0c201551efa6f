import assert from "node:assert/strict";
import { readPlatformSettings } from "../../../platform/settings";
import { configure, problemsOf, rehearsed } from "../../support/settings";
import { configOf } from "../../support/stackFiles";

const WHAT = "Sets of CRDs that the cluster has already: they are checked, not made.";

describe("the settings of definitions", () => {
  rehearsed();
  afterEach(() => configure({}));

  const configured = (definitions: unknown): void =>
    configure({ ...configOf("dev"), "llmd-platform:definitions": JSON.stringify(definitions) });

  it("have all of them made when nothing is said", () => {
    const { "llmd-platform:definitions": _definitions, ...others } = configOf("dev");
    configure(others);
    assert.deepEqual(readPlatformSettings().definitions, { existing: [] });
  });

  for (const existing of [[], ["gatewayApi"], ["llmd", "inferenceExtension", "gatewayApi"]])
    it(`take ${JSON.stringify(existing)} as it is`, () => {
      configured({ existing });
      assert.deepEqual(readPlatformSettings().definitions, { existing });
    });

  const refused: readonly { what: string; definitions: object; problems: readonly string[] }[] = [
    {
      what: "a set that there is none of",
      definitions: { existing: ["gatewayApi", "istio"] },
      problems: [`existing[1]": "istio" is not allowed: take one of gatewayApi, inferenceExtension, llmd`],
    },
    {
      what: "a set twice",
      definitions: { existing: ["llmd", "llmd"] },
      problems: [`existing[1]": "llmd" is refused: it is in the list already`],
    },
    {
      what: "one that is no list",
      definitions: { existing: "gatewayApi" },
      problems: [`existing": "gatewayApi" is not a list. ${WHAT}`],
    },
    {
      what: "a misspelt key",
      definitions: { existing: [], exists: ["llmd"] },
      problems: [`exists" is not a key that is known: the keys here are existing`],
    },
  ];
  for (const { what, definitions, problems } of refused)
    it(`refuse ${what}`, () => {
      configured(definitions);
      assert.deepEqual(
        problemsOf(readPlatformSettings),
        problems.map(problem => `"llmd-platform:definitions.${problem}`),
      );
    });
});
