import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { worstCase } from "../../catalog/cost";
import { infraOutputs } from "../../contracts/outputs";
import { accountAnswers, CALLER, QUOTA } from "../support/awsAccount";
import { deployedFromTheOffice } from "../support/deployer";
import { devWith } from "../support/infraSettings";
import { type Answers, arnOf, ofType, only, type Registered, secretValue, settled } from "../support/mockedProgram";
import { statement, statementsIn } from "../support/policies";
import { clusterStates, completedProgram, runProgram } from "../support/programs";
import { configure, problemsOf, rehearsed } from "../support/settings";
import { configOf, STACKS } from "../support/stackFiles";

const EKS_CLUSTER = "eks:index:Cluster";
const ACCESS_ENTRY = "aws:eks/accessEntry:AccessEntry";
const ACCESS_POLICY = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation";
const AWS = "pulumi:providers:aws";
const NODE_CLASS = "kubernetes:eks.amazonaws.com/v1:NodeClass";

const arnOfCluster = (name: string) => `arn:aws:eks:us-east-2:111122223333:cluster/${name}`;

/** The whole program on a stack. */
const run = (config: Record<string, string>, stack: string, changes: Answers = {}) =>
  runProgram("infra", { config, states: clusterStates(stack), answers: accountAnswers(changes), stack });

/** The same of a program that comes to its end; outputs as the next layer finds them. */
async function completed(config: Record<string, string>, stack: string, changes: Answers = {}) {
  const ran = await completedProgram("infra", {
    config,
    states: clusterStates(stack),
    answers: accountAnswers(changes),
    stack,
  });
  return { ...ran, outputs: await settled(pulumi.output(ran.exported)) };
}

const components = (registered: readonly Registered[]) =>
  registered
    .filter(({ type }) => type.startsWith("llmd:infra:"))
    .map(({ type, name }) => `${type.split(":")[2]} ${name}`);

describe("the infra program", () => {
  rehearsed();
  deployedFromTheOffice();
  afterEach(() => configure({}));

  // On demand at 55.04 with a fee of 2.642.
  const P5 = {
    name: "p5",
    gpusPerNode: 8,
    capacityKind: "onDemand",
    efaPerNode: 0,
    usdPerNodeHour: 57.68,
    expireAfterHours: 480,
  };
  const expected = {
    dev: {
      components: [
        "Cluster llmd-dev",
        "ClusterAccess llmd-dev-access",
        "GpuPool llmd-dev-gpu-p5",
        "Identity llmd-dev",
        "MetricsServer llmd-dev-metrics-server",
        "Network llmd-dev",
        "StorageClass llmd-gp3",
        "SystemPool llmd-dev-system",
      ],
      pools: [{ ...P5, maxNodes: 1 }],
      usdPerHour: 59.64,
    },
    prod: {
      components: [
        "Budget llmd-prod",
        "Cluster llmd-prod",
        "ClusterAccess llmd-prod-access",
        "DeployRole llmd-prod",
        "GpuPool llmd-prod-gpu-p5",
        "GpuPool llmd-prod-gpu-p5e",
        "Identity llmd-prod",
        "MetricsServer llmd-prod-metrics-server",
        "ModelStore llmd-prod",
        "Network llmd-prod",
        "StorageClass llmd-gp3",
        "SystemPool llmd-prod-system",
      ],
      pools: [
        { ...P5, maxNodes: 2 },
        // The spot price of the stack file, 20, is above the highest seen; with the fee of p5en.
        { ...P5, name: "p5e", maxNodes: 1, capacityKind: "spot", usdPerNodeHour: 23.04 },
      ],
      usdPerHour: 142.5,
    },
  };

  const runs = {} as Record<(typeof STACKS)[number], Awaited<ReturnType<typeof completed>>>;

  before(async () => {
    for (const stack of STACKS) runs[stack] = await completed(configOf(stack), stack);
  });

  for (const stack of STACKS)
    describe(`on ${stack}`, () => {
      let ran: Awaited<ReturnType<typeof completed>>;

      before(() => {
        ran = runs[stack];
      });

      it("makes the components that the stack file asks for", () =>
        assert.deepEqual(components(ran.registered).sort(), expected[stack].components));

      it("hands over exactly what the contract says, and nothing undefined, which the engine would warn of", () => {
        const parsed = infraOutputs.strict().parse(ran.outputs);
        assert.ok(Object.values(ran.outputs).every(value => value !== undefined));
        assert.equal(parsed.clusterArn, arnOfCluster(`llmd-${stack}`));
        assert.equal(parsed.region, "us-east-2");
        assert.equal(parsed.accountId, "111122223333");
        assert.deepEqual(parsed.zoneIds, ["use2-az1", "use2-az2", "use2-az3"]);
        assert.equal(parsed.endpoint, "https://cluster.test");
        assert.equal(parsed.nodeSecurityGroupId, "sg-1");
        assert.equal(parsed.storageClass, "llmd-gp3");
        assert.deepEqual(parsed.imageCache, {});
        assert.deepEqual(
          parsed.gpuPools.map(({ zoneIds: _, taintKey: __, instanceType: ___, ...pool }) => pool),
          expected[stack].pools,
        );
        assert.equal(worstCase(parsed.bill).usdPerHour, expected[stack].usdPerHour);
      });

      it("hands over the model store and the deploy role where there are some", () => {
        const { modelBucket, modelReaderRoleArn, modelWriterRoleArn, deployRoleArn } = ran.outputs;
        const present = [modelBucket, modelReaderRoleArn, modelWriterRoleArn, deployRoleArn].map(
          value => value !== undefined,
        );
        assert.deepEqual(present, Array(4).fill(stack === "prod"));
      });

      it("keeps the kubeconfig secret, in the outputs and for the kubernetes provider", async () => {
        assert.equal(await pulumi.isSecret(pulumi.output(ran.exported.kubeconfig)), true);
        const { inputs } = only(ran.registered, "pulumi:providers:kubernetes", "cluster");
        assert.match(String(secretValue(inputs.kubeconfig)), /"get-token"/);
      });

      it("touches no other account, and tags all that it makes and what EKS starts", () => {
        const tags = { owner: "ml-platform", stack: `llmd-${stack}`, component: "llmd-infra" };
        const { inputs } = only(ran.registered, AWS, "aws");
        assert.equal(inputs.region, "us-east-2");
        assert.deepEqual(JSON.parse(String(inputs.allowedAccountIds)), ["111122223333"]);
        assert.deepEqual(JSON.parse(String(inputs.defaultTags)), { tags });
        for (const { name, inputs: made } of ofType(ran.registered, NODE_CLASS))
          assert.deepEqual((made.spec as { tags: unknown }).tags, tags, name);
      });

      it("protects the cluster from deletion where the stack is protected", () =>
        assert.equal(only(ran.registered, EKS_CLUSTER).inputs.deletionProtection, stack === "prod"));

      it("waits for the system pool before it makes the metrics server, which EKS takes for failed without a node", () => {
        const { dependencies } = only(ran.registered, "llmd:infra:MetricsServer");
        assert.ok(dependencies.includes("kubernetes:karpenter.sh/v1:NodePool::system"), dependencies.join());
      });

      it("waits for the way out before it makes pools", () => {
        const route = /^aws:ec2\/route:Route::/;
        for (const type of ["llmd:infra:SystemPool", "llmd:infra:GpuPool"])
          for (const { name, dependencies } of ofType(ran.registered, type))
            assert.ok(
              dependencies.some(dependency => route.test(dependency)),
              `${name} waits for no route`,
            );
      });
    });

  const admins = (registered: readonly Registered[]) =>
    ofType(registered, ACCESS_ENTRY)
      .filter(({ inputs }) => inputs.type === "STANDARD")
      .map(({ name, inputs }) => [name, inputs.principalArn]);
  const DEPLOY_ROLE = ["llmd-prod-access-deploy", arnOf("llmd-prod-deploy")];

  it("makes an entry for every administrator that does not deploy, and for the deploy role", () =>
    assert.deepEqual(admins(runs.prod.registered), [
      ["llmd-prod-access-111122223333-role-platform-admin", "arn:aws:iam::111122223333:role/platform-admin"],
      DEPLOY_ROLE,
    ]));

  it("protects no entry, so that administrators can be removed", () => {
    const { registered } = runs.prod;
    assert.equal(only(registered, EKS_CLUSTER).protect, true);
    for (const type of [ACCESS_ENTRY, ACCESS_POLICY])
      for (const { name, protect } of ofType(registered, type)) assert.equal(protect, false, name);
  });

  it("works in Kubernetes only after every entry is made, so that a destroy removes them last", () => {
    const { dependencies } = only(runs.prod.registered, "pulumi:providers:kubernetes", "cluster");
    assert.deepEqual(
      dependencies.filter(dependency => dependency.startsWith("aws:eks/")),
      ["111122223333-role-platform-admin", "deploy"].map(key => `${ACCESS_POLICY}::llmd-prod-access-${key}`),
    );
  });

  it("lets the deploy role reach Pulumi's state where the stack says where that is", async () => {
    const state = { bucketArn: "arn:aws:s3:::acme-state", keyArn: "arn:aws:kms:us-east-2:111122223333:key/5678" };
    const github = { subjects: ["repo:acme/llm:environment:dev"], createProvider: true };
    const { registered } = await completed(devWith({ "llmd-infra:deploy": { github, state } }), "dev");
    const { policy } = only(registered, "aws:iam/policy:Policy", "llmd-dev-deploy-services").inputs;
    const resourceOf = (sid: string) => statement(statementsIn(policy), sid).Resource;
    assert.deepEqual(resourceOf("FindState"), [state.bucketArn]);
    assert.deepEqual(resourceOf("KeepSecrets"), [state.keyArn]);
  });

  it("makes no entry for the principal that deploys, and says so", async () => {
    const arn = "arn:aws:sts::111122223333:assumed-role/platform-admin/alice";
    const { registered, notices } = await completed(configOf("prod"), "prod", { [CALLER]: () => ({ arn }) });
    assert.deepEqual(admins(registered), [DEPLOY_ROLE]);
    const own = notices.filter(notice => notice.includes("platform-admin"));
    assert.deepEqual(own, [
      "arn:aws:iam::111122223333:role/platform-admin administers the cluster by an entry that this stack did not make: it gets no second one.",
    ]);
  });

  it("makes nothing where something is missing, and tells all that account and machine lack", async () => {
    const config = configOf("prod");
    const cluster = JSON.parse(config["llmd-infra:cluster"] ?? "{}");
    const elsewhere = JSON.stringify({ ...cluster, endpoint: { ...cluster.endpoint, cidrs: ["198.51.100.0/24"] } });
    const ran = await run({ ...config, "llmd-infra:cluster": elsewhere }, "prod", { [QUOTA]: () => ({ value: 0 }) });
    const problems = problemsOf(() => {
      throw ran.thrown;
    });
    assert.equal(problems.length, 6);
    assert.match(problems.at(-1) ?? "", /this machine deploys from 203\.0\.113\.7/);
    assert.deepEqual(
      ran.registered.map(({ type }) => type),
      [AWS],
    );
  });

  it("goes on with a warning for each quota where nothing is protected", async () => {
    const { warnings, registered } = await completed(configOf("dev"), "dev", { [QUOTA]: () => ({ value: 0 }) });
    assert.equal(warnings.length, 4);
    assert.ok(warnings.every(warning => warning.includes(" is 0 ")));
    assert.equal(ofType(registered, EKS_CLUSTER).length, 1);
  });

  it("hands over EFA and the image cache where the stack has them, and lets nodes pull through it", async () => {
    const { outputs, registered } = await completed(
      devWith({
        "llmd-infra:imageCache": { enabled: true },
        "llmd-infra:gpuPools": [
          {
            name: "p5",
            instanceType: "p5.48xlarge",
            capacity: { kind: "onDemand" },
            maxNodes: 1,
            zoneIds: ["use2-az1"],
            efa: true,
          },
        ],
      }),
      "dev",
    );
    assert.equal(outputs.gpuPools[0]?.efaPerNode, 32);
    assert.ok(Object.keys(outputs.imageCache).length > 0);
    const further = ofType(registered, "aws:iam/rolePolicyAttachment:RolePolicyAttachment").filter(({ name }) =>
      name.endsWith("-further-0"),
    );
    assert.deepEqual(
      further.map(({ name }) => name),
      ["llmd-dev-gpu-p5-node-further-0", "llmd-dev-system-node-further-0"],
    );
    const { securityGroupSelectorTerms } = only(registered, NODE_CLASS, "gpu-p5").inputs.spec as {
      securityGroupSelectorTerms: unknown[];
    };
    assert.equal(securityGroupSelectorTerms.length, 2);
  });

  it("hands over the nodes of a static pool, which are all the room that pods have there", async () => {
    const [pool] = JSON.parse(configOf("dev")["llmd-infra:gpuPools"] ?? "[]");
    const gpuPools = [pool, { ...pool, name: "static", maxNodes: 4, staticNodes: 3 }];
    const limits = { gpus: 64, usdPerHour: 900, usdPerMonth: 900000, instanceFamilies: ["p5"], onDemandGpus: true };
    const { outputs } = await completed(devWith({ "llmd-infra:gpuPools": gpuPools, "llmd:limits": limits }), "dev");
    assert.deepEqual(
      outputs.gpuPools.map(({ name, maxNodes, staticNodes }) => [name, maxNodes, staticNodes]),
      [
        ["p5", 1, undefined],
        ["static", 4, 3],
      ],
    );
    assert.ok(!("staticNodes" in (outputs.gpuPools[0] ?? {})));
  });
});
