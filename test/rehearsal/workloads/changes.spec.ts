import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import type { EngineUnderTest } from "../../support/engine";
import { workloads } from "../../support/everything";
import { withValues } from "../../support/stackFiles";
import { INFERENCE, told } from "../platform/told";
import { doLead, waysIn } from "./ways";

interface Step {
  readonly op: string;
  readonly urn: string;
  readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
}

const COLLECTION_TIMEOUT_MS = 20_000;

const MODELS = "llmd-workloads:models";
/** Their places in the stack file. */
const [CANARIED, SCHEDULED, WITHOUT_SERVERS] = [0, 1, 2];

/** The canary has become the model, and there is nothing beside it. */
const FOLDED = withValues(
  [[MODELS, CANARIED, "revision"], "v2"],
  [[MODELS, CANARIED, "quantization"], "fp8"],
  [[MODELS, CANARIED, "canary"], undefined],
);

describe("a change of the stack file's models", () => {
  let engine: EngineUnderTest;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await workloads();
  });

  const planned = [
    {
      what: "changes a model's servers alone by the length of its context",
      change: withValues([[MODELS, SCHEDULED, "maxModelLen"], 8192]),
      steps: [["update kubernetes:apps/v1:Deployment qwen3-8b-v1-decode", "containers"]],
    },
    {
      what: "changes the route alone where a canary gets all requests",
      change: withValues([[MODELS, CANARIED, "canary", "percent"], 100]),
      steps: [["update kubernetes:gateway.networking.k8s.io/v1:HTTPRoute qwen3-32b", "backendRefs"]],
    },
  ];
  for (const { what, change, steps } of planned)
    it(what, async () => {
      const { exitCode, output } = await engine.withConfig(change, () => engine.preview("workloads", "--json"));
      assert.equal(exitCode, 0, output);
      const { steps: all } = JSON.parse(output) as { steps: Step[] };
      const changing = all.filter(({ op }) => op !== "same" && op !== "read");
      assert.deepEqual(
        changing.map(({ op, urn, detailedDiff }) => [`${op} ${label(urn)}`, ...partsOf(detailedDiff)]),
        steps,
      );
    });

  it("takes all of a model that is left out, and makes it again with it, and touches no other", async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    const before = await standing();
    const of = (all: readonly string[]) => all.filter(isOf("llama-8b"));
    assert.ok(of(before.objects).length > 15 && of(before.state).length > 20 && of(before.account).length === 2);

    await workloads(withValues([[MODELS, WITHOUT_SERVERS], undefined]));
    const without = await standing();
    for (const part of PARTS) assert.deepEqual(without[part], before[part].filter(isNotOf("llama-8b")), part);
    assert.deepEqual(changedIn(before, without), []);
    await goneWithControllers("llama-8b");

    await workloads();
    const again = await standing();
    for (const part of PARTS) assert.deepEqual(again[part], before[part], part);
    assert.deepEqual(changedIn(before, again).filter(isNotOf("llama-8b")), []);
  });

  it("takes all of the old revision and nothing else where a canary becomes the model", async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    await workloads();
    const before = await standing();
    await workloads(FOLDED);
    const after = await standing();
    for (const part of PARTS) assert.deepEqual(after[part], before[part].filter(isNotOf("qwen3-32b-v1")), part);
    assert.deepEqual(changedIn(before, after), ["kubernetes:gateway.networking.k8s.io/v1:HTTPRoute qwen3-32b"]);
    const config = await told(engine, INFERENCE, doLead(["qwen3-32b-v2"], ["qwen3-32b-v1"]));
    const left = waysIn(config).filter(({ to }) => to.startsWith("qwen3-32b"));
    assert.deepEqual(
      left.map(({ from, to }) => [from, to]),
      [
        ["/qwen3-32b/v1", "qwen3-32b-v2"],
        ["/v1 X-Gateway-Base-Model-Name=Qwen/Qwen3-32B", "qwen3-32b-v2"],
      ],
    );
  });

  /** What controllers made for a model goes after it: pods, and istiod's Service of its pool. */
  async function goneWithControllers(model: string): Promise<void> {
    const deadline = Date.now() + COLLECTION_TIMEOUT_MS;
    for (;;) {
      const left = [...(await engine.api.inventory())].filter(isOf(model));
      if (left.length === 0) return;
      assert.ok(Date.now() < deadline, `left: ${left.join(", ")}`);
      await sleep(200);
    }
  }

  async function standing(): Promise<Standing> {
    const { cluster, account } = engine.environment;
    return {
      objects: [...(await cluster.api.inventory())].filter(isNotOfControllers).sort(),
      account: account
        .everything()
        .filter(({ type }) => type === "aws:eks/podIdentityAssociation:PodIdentityAssociation")
        .map(({ inputs: { serviceAccount } }) => `PodIdentityAssociation ${serviceAccount}`)
        .sort(),
      state: engine
        .state("workloads")
        .map(({ urn }) => label(urn))
        .sort(),
      resources: new Map(
        engine.standing("workloads").map(({ urn, id, inputs }) => [label(urn), JSON.stringify([id, inputs], asGiven)]),
      ),
    };
  }
});

const PARTS = ["objects", "account", "state"] as const;

/** Names of what stands, in order. */
interface Standing extends Readonly<Record<(typeof PARTS)[number], readonly string[]>> {
  /** What each resource was given, by its name. */
  readonly resources: ReadonlyMap<string, string>;
}

/** Without what every update encrypts anew. */
const asGiven = (key: string, value: unknown): unknown => (key === "ciphertext" ? undefined : value);

/** Names of those that stand before and after, and are not the same. */
const changedIn = ({ resources: before }: Standing, { resources: after }: Standing): string[] =>
  [...after].filter(([name, given]) => before.has(name) && before.get(name) !== given).map(([name]) => name);

/** Whether a name begins like those of a model or of one of its revisions. */
const isOf =
  (name: string) =>
  (object: string): boolean =>
    new RegExp(`[ /]${name}(-|$)`).test(object);

const isNotOf =
  (name: string) =>
  (object: string): boolean =>
    !isOf(name)(object);

/** Of controllers, istiod among them, which make them at times of their own. */
const OF_CONTROLLERS = /^(Pod|ReplicaSet|EndpointSlice|Endpoints|ControllerRevision|IPAddress)\.|-ip-[0-9a-f]{8}$/;
const isNotOfControllers = (object: string): boolean => !OF_CONTROLLERS.test(object);

/** Type and name, without the stack and the parents' types. */
function label(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split("$").at(-1)} ${name}`;
}

/** What the changed fields are parts of, each once. */
const partsOf = (diff: Step["detailedDiff"]): string[] => {
  const parts = Object.keys(diff ?? {}).map(path => /containers|backendRefs/.exec(path)?.[0] ?? path);
  return [...new Set(parts)];
};
