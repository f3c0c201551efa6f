import assert from "node:assert/strict";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import { type EngineUnderTest, sharedEngine } from "../../support/engine";
import { holdings, NOTHING, refusedOnEmpty } from "../../support/holdings";
import { withValues } from "../../support/stackFiles";

const SECOND_POOL = {
  name: "p5b",
  instanceType: "p5.48xlarge",
  capacity: { kind: "onDemand" },
  maxNodes: 1,
  zoneIds: ["use2-az2"],
};

describe("a stack file that violates a policy", () => {
  let engine: EngineUnderTest;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await sharedEngine();
  });

  const violations = [
    {
      by: "a pool above every limit, of a family that nobody decided on, on demand that nobody allowed",
      change: withValues(
        [["llmd-infra:gpuPools", 0, "maxNodes"], 2],
        [["llmd:limits"], { gpus: 8, usdPerHour: 57, usdPerMonth: 42_000, instanceFamilies: ["p5e", "p5en"] }],
      ),
      messages: [
        /nodepool-require-gpu-limit[\s\S]*"gpu-p5\.spec\.limits" allows 16 GPUs, llmd:limits\.gpus allows 8/,
        /nodepool-allow-families[\s\S]*"gpu-p5" admits instance family "p5", llmd:limits\.instanceFamilies allows p5e, p5en/,
        /nodepool-allow-on-demand[\s\S]*"gpu-p5" takes on-demand p5\.48xlarge, llmd:limits\.onDemandGpus is not true/,
        /stack-worst-case-within-limits[\s\S]*takes \$117\.3\d\/h, above llmd:limits\.usdPerHour \$57\.00/,
        /stack-worst-case-within-limits[\s\S]*takes \$\d+\.\d+ a month, above llmd:limits\.usdPerMonth \$42000\.00/,
      ],
    },
    {
      by: "pools that only together exceed the GPUs",
      change: withValues(
        [["llmd-infra:gpuPools", 1], SECOND_POOL],
        [["llmd:limits", "usdPerHour"], 200],
        [["llmd:limits", "usdPerMonth"], 150_000],
      ),
      messages: [/stack-worst-case-within-limits[\s\S]*At worst this stack takes 16 GPUs, above llmd:limits\.gpus 8/],
    },
  ];
  for (const { by, change, messages } of violations)
    it(`makes nothing by ${by}`, () =>
      refusedOnEmpty(engine, () => engine.withConfig(change, () => engine.up("infra")), ...messages));
});

describe("a program that puts a Service on the internet", () => {
  let engine: EngineUnderTest;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await sharedEngine();
  });

  const program = (scheme: string) =>
    engine.withClusterProgram(
      "platform",
      `const annotations = { "service.beta.kubernetes.io/aws-load-balancer-scheme": "${scheme}" };
const spec = { type: "LoadBalancer", selector: { app: "grafana" }, ports: [{ port: 80 }] };
new k8s.core.v1.Service("door", { metadata: { name: "door", namespace: "default", annotations }, spec }, { provider });
`,
    );

  it("makes nothing where nothing checks who calls it", () =>
    refusedOnEmpty(
      engine,
      () => engine.up(program("internet-facing")),
      /stack-entry-require-tls-and-authentication[\s\S]*Service "door" is on the internet and leads to no Gateway/,
    ));

  it("may have it inside", async () => {
    const { exitCode, output } = await engine.preview(program("internal"));
    assert.equal(exitCode, 0, output);
    assert.match(output, /\+ +kubernetes:core\/v1:Service door create/);
    assert.deepEqual(await holdings(engine), NOTHING);
  });
});
