import assert from "node:assert/strict";
import type { LineItem } from "../../../catalog/cost";
import type { OperationResult } from "../../../rehearsal/engine/pulumi";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import { type EngineUnderTest, sharedEngine } from "../../support/engine";
import { holdings, NOTHING, refusedOnEmpty } from "../../support/holdings";
import { Scratch } from "../../support/scratch";
import { withValues } from "../../support/stackFiles";

/** A NodePool, and what the stack's bill has for it. */
interface Pool {
  readonly name: string;
  readonly limits: object | undefined;
  /** Of EKS's own labels. */
  readonly requirements: Readonly<Record<string, readonly string[]>>;
  readonly bill: readonly LineItem[];
}

const p5Pool = (limits?: object): Pool => ({
  name: "gpu-p5",
  limits,
  requirements: { "instance-family": ["p5"], "instance-gpu-count": ["8"] },
  bill: [{ name: "gpu pool p5", usdPerHour: 57.68, gpus: 8 }],
});

describe("the policy pack's own configuration", () => {
  let engine: EngineUnderTest;
  let scratch: Scratch;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await sharedEngine();
    scratch = new Scratch();
  });

  after(() => scratch.remove());

  const configured = (rules: object): string[] => [
    "--policy-pack-config",
    scratch.write("pack.json", JSON.stringify(rules)),
  ];

  it("tightens every kind of limit", () =>
    refusedOnEmpty(
      engine,
      () =>
        engine.up(
          "infra",
          ...configured({
            "nodepool-require-gpu-limit": { gpus: 7 },
            "nodepool-allow-families": { instanceFamilies: ["p5en"] },
            "nodepool-allow-on-demand": { onDemandGpus: false },
            "stack-worst-case-within-limits": { gpus: 6, usdPerHour: 57.5, usdPerMonth: 42_000.5 },
          }),
        ),
      /"gpu-p5\.spec\.limits" allows 8 GPUs, llmd:limits\.gpus allows 7/,
      /"gpu-p5" admits instance family "p5", llmd:limits\.instanceFamilies allows none/,
      /"gpu-p5" takes on-demand p5\.48xlarge, llmd:limits\.onDemandGpus is not true/,
      /takes 8 GPUs, above llmd:limits\.gpus 6/,
      /takes \$59\.64\/h, above llmd:limits\.usdPerHour \$57\.50/,
      /takes \$43538\.20 a month, above llmd:limits\.usdPerMonth \$42000\.50/,
    ));

  it("loosens none", () =>
    refusedOnEmpty(
      engine,
      () => {
        const loose = {
          gpus: 800,
          usdPerHour: 6800,
          usdPerMonth: 5_000_000,
          instanceFamilies: ["p5", "p5e"],
          onDemandGpus: true,
        };
        const tight = { gpus: 4, usdPerHour: 57, usdPerMonth: 42_000, instanceFamilies: ["p5e"], onDemandGpus: false };
        return engine.withConfig(withValues([["llmd:limits"], tight]), () =>
          engine.up("infra", ...configured(everyRule(loose))),
        );
      },
      /"gpu-p5\.spec\.limits" allows 8 GPUs, llmd:limits\.gpus allows 4/,
      /"gpu-p5" admits instance family "p5", llmd:limits\.instanceFamilies allows p5e:/,
      /"gpu-p5" takes on-demand p5\.48xlarge, llmd:limits\.onDemandGpus is not true/,
      /takes 8 GPUs, above llmd:limits\.gpus 4/,
      /takes \$59\.64\/h, above llmd:limits\.usdPerHour \$57\.00/,
      /takes \$43538\.20 a month, above llmd:limits\.usdPerMonth \$42000\.00/,
    ));

  it("is refused where a limit is no number", () =>
    refusedOnEmpty(
      engine,
      () => engine.up("infra", ...configured({ "stack-worst-case-within-limits": { usdPerHour: "57" } })),
      /stack-worst-case-within-limits: usdPerHour: Invalid type\. Expected: number, given: string/,
    ));

  it("is refused where it has a key that is no limit, which whoever wrote it believes to hold", () =>
    refusedOnEmpty(
      engine,
      () => engine.up("infra", ...configured({ "stack-worst-case-within-limits": { usdPerHuor: 1 } })),
      /the pack's configuration has usdPerHuor: its limits are gpus, usdPerHour, usdPerMonth, instanceFamilies, onDemandGpus/,
    ));

  describe("where the stack file has no limits", () => {
    /** Of a program that is not this product's, whose own readers would refuse such a stack file first. */
    const foreign = (
      operation: "up" | "preview",
      pools: readonly Pool[],
      ...flags: string[]
    ): Promise<OperationResult> => {
      const program = engine.withProgram("infra", programWithPools(engine.environment.cluster.access.server, pools));
      const withoutLimits = withValues([["llmd:limits"], undefined]);
      return engine.withConfig(withoutLimits, () => engine[operation](program, ...flags));
    };
    const eightGpus = p5Pool({ "nvidia.com/gpu": "8" });
    const generous = {
      gpus: 8,
      usdPerHour: 68,
      usdPerMonth: 50_000,
      instanceFamilies: ["p5"],
      onDemandGpus: true,
    };

    it("lets nothing be made when it has none either", () =>
      refusedOnEmpty(
        engine,
        () => foreign("up", [eightGpus]),
        /nodepool-require-gpu-limit[\s\S]*Neither the stack file nor the pack's configuration has llmd:limits\.gpus:/,
        /nodepool-allow-on-demand[\s\S]*"gpu-p5" takes on-demand p5\.48xlarge, llmd:limits\.onDemandGpus is not true/,
        /Neither the stack file nor the pack's configuration has llmd:limits\.gpus, llmd:limits\.usdPerHour, llmd:limits\.usdPerMonth:/,
      ));

    it("lets a pool pass that keeps to the limits it has", async () => {
      const { exitCode, output } = await foreign("preview", [eightGpus], ...configured(everyRule(generous)));
      assert.equal(exitCode, 0, output);
      assert.match(output, /\+ +kubernetes:karpenter\.sh\/v1:NodePool gpu-p5 create/);
      assert.match(output, /✅ llmd@/);
      assert.deepEqual(await holdings(engine), NOTHING);
    });

    it("refuses pools without limits, and families that nobody has priced", () => {
      const web = { name: "web", limits: undefined, requirements: { "instance-category": ["c", "m"] }, bill: [] };
      return refusedOnEmpty(
        engine,
        () => foreign("up", [p5Pool(), web], ...configured(everyRule(generous))),
        /nodepool-require-gpu-limit[\s\S]*"gpu-p5\.spec\.limits" has no "nvidia\.com\/gpu": add it/,
        /nodepool-require-cpu-limit[\s\S]*"web\.spec\.limits" has no "cpu": add it/,
        /"web" admits instance families that the catalogue has no price for: require m7i, m6i\./,
      );
    });

    it("refuses a pool without GPUs that the bill leaves out", () => {
      const limits = { cpu: "1000" };
      const web = { name: "web", limits, requirements: { "instance-family": ["m7i"] }, bill: [] };
      return refusedOnEmpty(
        engine,
        () => foreign("up", [web], ...configured(everyRule({ ...generous, usdPerHour: 50 }))),
        /The exported bill has \$0\.00\/h and 0 GPUs for system pool, its NodePool allows \$56\.45\/h and 0 GPUs/,
        /takes \$56\.45\/h, above llmd:limits\.usdPerHour \$50\.00/,
      );
    });
  });
});

const everyRule = (limits: object): object =>
  Object.fromEntries(
    [
      "nodepool-require-gpu-limit",
      "nodepool-allow-families",
      "nodepool-allow-on-demand",
      "stack-worst-case-within-limits",
    ].map(rule => [rule, limits]),
  );

/** On-demand pools and their bill, on the API server that is there already. */
function programWithPools(server: string, pools: readonly Pool[]): string {
  const kubeconfig = JSON.stringify({ clusters: [{ name: "rehearsal", cluster: { server } }] });
  return `const k8s = require("@pulumi/kubernetes");
const provider = new k8s.Provider("cluster", { kubeconfig: ${JSON.stringify(kubeconfig)} });
for (const pool of ${JSON.stringify(pools.map(nodePoolOf))})
  new k8s.apiextensions.CustomResource(pool.metadata.name, pool, { provider });
exports.bill = ${JSON.stringify(pools.flatMap(({ bill }) => bill))};
`;
}

const nodePoolOf = ({ name, limits, requirements }: Pool): object => ({
  apiVersion: "karpenter.sh/v1",
  kind: "NodePool",
  metadata: { name },
  spec: {
    limits,
    template: {
      spec: {
        nodeClassRef: { group: "eks.amazonaws.com", kind: "NodeClass", name },
        requirements: [
          ...Object.entries(requirements).map(([label, values]) => ({
            key: `eks.amazonaws.com/${label}`,
            operator: "In",
            values,
          })),
          { key: "karpenter.sh/capacity-type", operator: "In", values: ["on-demand"] },
        ],
      },
    },
  },
});
