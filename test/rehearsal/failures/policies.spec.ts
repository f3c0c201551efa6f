import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
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
      by: "a pool above the GPU limit",
      change: withValues([["llmd-infra:gpuPools", 0, "maxNodes"], 2]),
      message: /nodepool-require-gpu-limit[\s\S]*"gpu-p5\.spec\.limits" allows 16 GPUs, llmd:limits\.gpus allows 8/,
    },
    {
      by: "a family that nobody decided on",
      change: withValues([
        ["llmd:limits", "instanceFamilies"],
        ["p5e", "p5en"],
      ]),
      message:
        /nodepool-allow-families[\s\S]*"gpu-p5" admits instance family "p5", llmd:limits\.instanceFamilies allows p5e, p5en/,
    },
    {
      by: "on-demand capacity that nobody allowed",
      change: withValues([["llmd:limits", "onDemandGpus"], undefined]),
      message:
        /nodepool-allow-on-demand[\s\S]*"gpu-p5" takes on-demand p5\.48xlarge, llmd:limits\.onDemandGpus is not true/,
    },
    {
      by: "pools that only together exceed the GPUs",
      change: withValues(
        [["llmd-infra:gpuPools", 1], SECOND_POOL],
        [["llmd:limits", "usdPerHour"], 200],
        [["llmd:limits", "usdPerMonth"], 150_000],
      ),
      message: /stack-worst-case-within-limits[\s\S]*At worst this stack takes 16 GPUs, above llmd:limits\.gpus 8/,
    },
    {
      by: "too many dollars an hour",
      change: withValues([["llmd:limits", "usdPerHour"], 57]),
      message: /stack-worst-case-within-limits[\s\S]*takes \$59\.64\/h, above llmd:limits\.usdPerHour \$57\.00/,
    },
    {
      by: "too many dollars a month",
      change: withValues([["llmd:limits", "usdPerMonth"], 42_000]),
      message:
        /stack-worst-case-within-limits[\s\S]*takes \$43538\.20 a month, above llmd:limits\.usdPerMonth \$42000\.00/,
    },
  ];
  for (const { by, change, message } of violations)
    it(`makes nothing by ${by}`, () =>
      refusedOnEmpty(
        engine,
        () => engine.withConfig(change, () => engine.environment.engine.up(engine.project("infra"))),
        message,
      ));
});

describe("a program that puts a Service on the internet", () => {
  let engine: EngineUnderTest;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await sharedEngine();
  });

  const program = (scheme: string) =>
    engine.withProgram(
      "platform",
      `const k8s = require("@pulumi/kubernetes");
const kubeconfig = ${JSON.stringify(readFileSync(engine.environment.cluster.kubeconfig, "utf8"))};
const provider = new k8s.Provider("cluster", { kubeconfig });
const annotations = { "service.beta.kubernetes.io/aws-load-balancer-scheme": "${scheme}" };
const spec = { type: "LoadBalancer", selector: { app: "grafana" }, ports: [{ port: 80 }] };
new k8s.core.v1.Service("door", { metadata: { name: "door", namespace: "default", annotations }, spec }, { provider });
exports.bill = [];
`,
    );

  it("makes nothing where nothing checks who calls it", () =>
    refusedOnEmpty(
      engine,
      () => engine.environment.engine.up(program("internet-facing")),
      /stack-entry-require-tls-and-authentication[\s\S]*Service "door" is on the internet and leads to no Gateway/,
    ));

  it("may have it inside", async () => {
    const { exitCode, output } = await engine.environment.engine.preview(program("internal"));
    assert.equal(exitCode, 0, output);
    assert.match(output, /\+ +kubernetes:core\/v1:Service door create/);
    assert.deepEqual(await holdings(engine), NOTHING);
  });
});
