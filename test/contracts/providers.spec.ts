import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { deployedFromTheOffice } from "../support/deployer";
import { only, type Registered } from "../support/mockedProgram";
import { assertOwnProviders, registeredByLayers } from "../support/programs";
import { configure, rehearsed } from "../support/settings";
import { configIn, configOf, EVERYTHING, STACKS } from "../support/stackFiles";

/** A model of the stack file for everything needs one. */
const TOKEN = "llmd-workloads:huggingFaceToken";

const STACK_FILES = [
  ...STACKS.map(stack => [stack, configOf(stack)] as const),
  ["everything", { ...configIn(readFileSync(EVERYTHING, "utf8")), [TOKEN]: "hf_abc" }] as const,
];

const LAYERS = ["infra", "platform", "workloads"] as const;

describe("the layers' own providers", () => {
  rehearsed();
  deployedFromTheOffice();
  afterEach(() => configure({}));

  for (const [stack, config] of STACK_FILES)
    describe(`on ${stack}`, () => {
      let registered: Record<(typeof LAYERS)[number], Registered[]>;

      before(async () => {
        registered = await registeredByLayers(config, stack);
      });

      for (const layer of LAYERS)
        it(`make all that ${layer} has in the account and in the cluster`, () =>
          assertOwnProviders(registered[layer], config));

      // The engine hands on the providers of the component around it.
      it("reach the EKS component, whose resources take the account's from it", () => {
        const { parent } = only(registered.infra, "eks:index:Cluster");
        const around = registered.infra.find(({ type, name }) => `${type}::${name}` === parent);
        assert.deepEqual(around?.providers, ["pulumi:providers:aws::aws"]);
      });
    });
});
