import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import { REPOSITORY } from "../../support/command";
import { type EngineUnderTest, sharedEngine } from "../../support/engine";
import { holdings, NOTHING, refusedOnEmpty } from "../../support/holdings";
import { withValues } from "../../support/stackFiles";

/** Puts the configuration of prod, which is protected, in the place of dev's. */
const AS_PROD = withValues(
  ...Object.entries(
    (parse(readFileSync(join(REPOSITORY, "Pulumi.prod.yaml"), "utf8")) as { config: Record<string, unknown> }).config,
  ).map(([key, value]) => [[key], value] as const),
);

const ON_DEMAND_P = "ec2/L-417A185B";

/** Changes what the pretended account allows, and puts it back. */
async function granted(engine: EngineUnderTest, quotas: Readonly<Record<string, number>>, work: () => Promise<void>) {
  const { account } = engine.environment;
  const before = new Map(account.quotas);
  for (const [quota, value] of Object.entries(quotas)) account.grant(quota, value);
  try {
    await work();
  } finally {
    for (const [key, quota] of before) account.quotas.set(key, quota);
  }
}

describe("an account that does not give what a protected stack needs", () => {
  let engine: EngineUnderTest;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await sharedEngine();
  });

  it("is told in the preview, every quota with name, code, value and need, before anything is made", () =>
    granted(engine, { [ON_DEMAND_P]: 383, "ec2/L-7212CCBC": 0, "ec2/L-0263D0A3": 2, "ec2/L-1216C47A": 64 }, () =>
      refusedOnEmpty(
        engine,
        () => engine.withConfig(AS_PROD, () => engine.up("infra")),
        /Previewing update(?![\s\S]*Updating)/,
        /the configuration has 3 problem\(s\)/,
        /"Running On-Demand P instances" \(L-417A185B\) in us-east-2 is 383 vCPUs, 384 are needed with every ceiling full \(pool p5\)/,
        /"All P Spot Instance Requests" \(L-7212CCBC\) in us-east-2 is 0 vCPUs, 192 are needed with every ceiling full \(pool p5e\)/,
        /"EC2-VPC Elastic IPs" \(L-0263D0A3\) in us-east-2 is 2 addresses, 3 are needed with every ceiling full \(the NAT gateways\)/,
        /request more in Service Quotas, which takes days, or lower the ceilings/,
      ),
    ));

  it("is taken at its word where the deployer may not read quotas, with a notice for each", async () => {
    engine.account.mayReadQuotas = false;
    try {
      const { exitCode, output } = await engine.withConfig(AS_PROD, () => engine.preview("infra"));
      assert.equal(exitCode, 0, output);
      for (const quota of [
        "Running On-Demand P instances",
        "All P Spot Instance Requests",
        "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
        "EC2-VPC Elastic IPs",
        "VPCs per Region",
      ])
        assert.ok(output.includes(`You may not read the quota "${quota}": the check is skipped.`), quota);
      assert.match(output, /kubernetes:karpenter\.sh\/v1:NodePool gpu-p5 create/);
    } finally {
      engine.account.mayReadQuotas = true;
    }
  });
});

describe("an account that does not give what an unprotected stack needs", () => {
  let engine: EngineUnderTest;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await sharedEngine();
  });

  it("is warned of, and the stack is made", () =>
    granted(engine, { [ON_DEMAND_P]: 0 }, async () => {
      const infra = engine.project("infra");
      const { exitCode, output } = await engine.up(infra, "--skip-preview");
      assert.equal(exitCode, 0, output);
      assert.match(
        output,
        /warning: The quota "Running On-Demand P instances" \(L-417A185B\) in us-east-2 is 0 vCPUs, 192 are needed with every ceiling full \(pool p5\)/,
      );
      const { objects } = await holdings(engine);
      assert.ok(objects.includes("NodePool.karpenter.sh/v1//gpu-p5"), objects.join());

      const destroyed = await engine.destroy(infra, "--skip-preview");
      assert.equal(destroyed.exitCode, 0, destroyed.output);
      assert.deepEqual(await holdings(engine), NOTHING);
    }));

  it("makes no cluster of a version that just went out of standard support, whichever the stack", async () => {
    const { today } = engine.account;
    engine.account.today = () => new Date("2026-12-03T12:00:00Z");
    try {
      await refusedOnEmpty(
        engine,
        () => engine.withConfig(withValues([["llmd-infra:kubernetesVersion"], "1.34"]), () => engine.up("infra")),
        /Previewing update(?![\s\S]*Updating)/,
        /"llmd-infra:kubernetesVersion": "1\.34" is not in standard support\. Outside of it a cluster costs \$0\.50 an hour/,
        /use one of 1\.35 \(until 2027-03-27\), 1\.36 \(until 2027-08-02\)/,
      );
    } finally {
      engine.account.today = today;
    }
  });
});
