import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createToken } from "../../workloads/modelService";
import type { RevisionPlan } from "../../workloads/plan";
import { createRevision } from "../../workloads/revision";
import { ofType, only, type Registered, registeredBy, settled } from "../support/mockedProgram";
import { DEPLOYMENT, POOL, podTemplateIn, SCALED_OBJECT } from "../support/modelService";
import { BUDGET, OBJECTIVE } from "./fixtures";
import {
  BASELINE,
  disaggregated,
  inS3,
  LEADER_WORKER_SET,
  PLANS,
  PRECISE,
  revision,
  rolePlan,
  variables,
  wide,
} from "./paths/fixtures";
import { ASSOCIATION, JOB } from "./weights/fixtures";

const DISAGGREGATED = disaggregated("p5.48xlarge");
const WIDE = wide("p5.48xlarge");

interface Given {
  /** @default - none is configured */
  readonly token?: string;
  /** Whether some model's weights are in S3, this one's or another's. @default false */
  readonly account?: boolean;
}

/** What a revision registers, the model's Secret included. */
async function registeredRevision(plan: RevisionPlan, { token, account = false }: Given = {}): Promise<Registered[]> {
  const all = await registeredBy(() => {
    const context = revision(plan, token === undefined ? {} : { huggingFaceToken: pulumi.secret(token) });
    createRevision(context, {
      token: createToken(plan.name, context.cluster, context.opts),
      account: account ? new aws.Provider("aws", { region: "us-east-2" }) : undefined,
    });
  });
  return all.filter(({ type }) => !type.startsWith("pulumi:providers:"));
}

/** Types without groups and versions, with their names. */
const listed = (registered: readonly Registered[]): string[] =>
  registered.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`).sort();

const PICKER = [
  "ConfigMap epp",
  "Deployment epp",
  "DestinationRule epp",
  "Role epp-non-sa",
  "Role epp-sa",
  "RoleBinding epp-non-sa",
  "RoleBinding epp-sa",
  "Service epp",
  "ServiceAccount epp",
];

describe("a revision", () => {
  const OF_PATH = [
    { plan: BASELINE, servers: ["Deployment decode", "PodDisruptionBudget decode-budget"] },
    { plan: PRECISE, servers: ["Deployment decode", "PodDisruptionBudget decode-budget", "Service render"] },
    {
      plan: DISAGGREGATED,
      servers: [
        "Deployment decode",
        "PodDisruptionBudget decode-budget",
        "Deployment prefill",
        "PodDisruptionBudget prefill-budget",
      ],
    },
    { plan: WIDE, servers: ["LeaderWorkerSet decode", "LeaderWorkerSet prefill"] },
  ] as const;

  for (const { plan, servers } of OF_PATH)
    it(`is servers, their pool and its picker, and nothing that nobody asked for: ${plan.path}`, async () => {
      const name = `${plan.name}-${plan.revision}`;
      const expected = ["ServiceAccount sa", ...servers, ...PICKER].map(object => object.replace(" ", ` ${name}-`));
      assert.deepEqual(listed(await registeredRevision(plan)), [...expected, `InferencePool ${name}`].sort());
    });

  it("hands over its pool, for the route", async () => {
    const names: string[] = [];
    await registeredBy(async () => {
      const pool = createRevision(revision(BASELINE), { token: undefined, account: undefined });
      names.push(await settled(pool.metadata.name as pulumi.Output<string>));
    });
    assert.deepEqual(names, ["qwen3-32b-v1"]);
  });

  it("has its picker and its objectives come when its pool is there", async () => {
    const registered = await registeredRevision({ ...BASELINE, priorities: { premium: 100 } });
    const pool = `${POOL}::qwen3-32b-v1`;
    assert.ok(only(registered, DEPLOYMENT, "qwen3-32b-v1-epp").dependencies.includes(pool));
    assert.deepEqual(only(registered, OBJECTIVE, "qwen3-32b-v1-premium").dependencies, [pool]);
  });

  for (const { plan, type } of [
    { plan: DISAGGREGATED, type: DEPLOYMENT },
    { plan: WIDE, type: LEADER_WORKER_SET },
  ])
    it(`has each role's servers moved by a ScaledObject of their own where there is a schedule: ${plan.path}`, async () => {
      const times = { up: "0 7 * * 1-5", down: "0 19 * * 1-5", replicas: 0, wakeOnTraffic: false };
      const registered = await registeredRevision({ ...plan, schedule: { timezone: "UTC", ...times } });
      const name = `${plan.name}-v1`;
      assert.deepEqual(
        ofType(registered, SCALED_OBJECT).map(({ name: own, dependencies }) => ({ own, dependencies })),
        ["decode", "prefill"].map(role => ({
          own: `${name}-${role}-scaling`,
          dependencies: [`${type}::${name}-${role}`],
        })),
      );
      for (const { inputs } of ofType(registered, type).filter(({ name: own }) => /-(decode|prefill)$/.test(own)))
        assert.equal((inputs.spec as { replicas: number }).replicas, 0);
    });

  it("has budgets for the roles alone that have several servers", async () => {
    const roles: RevisionPlan["roles"] = [rolePlan("decode", 4, 1), rolePlan("prefill", 1, 2)];
    const registered = await registeredRevision({ ...DISAGGREGATED, roles });
    assert.deepEqual(
      ofType(registered, BUDGET).map(({ name }) => name),
      ["gpt-oss-120b-v1-prefill-budget"],
    );
  });
});

describe("a revision's weights", () => {
  const isCopy = ({ name }: Registered) => name.endsWith("-copy");
  const isServer = ({ name }: Registered) => /-(decode|prefill)$/.test(name);

  /** Variables of every container of its pods. */
  const variablesOf = (resource: Registered): readonly string[] => {
    const spec = podTemplateIn(resource)?.spec;
    assert.ok(spec, `${resource.name} has no pods`);
    return [...(spec.initContainers ?? []), ...spec.containers].flatMap(({ env }) => Object.keys(variables(env ?? [])));
  };

  for (const plan of PLANS) {
    it(`are copied before servers stream them, which may read from their first pod on: ${plan.path}`, async () => {
      const registered = await registeredRevision(inS3(plan), { account: true });
      assert.deepEqual(
        listed(registered.filter(isCopy)),
        ["ConfigMap", "Job", "PodIdentityAssociation", "ServiceAccount"].map(kind => `${kind} ${plan.name}-v1-copy`),
      );
      const [reader, ...others] = ofType(registered, ASSOCIATION).filter(object => !isCopy(object));
      assert.ok(reader);
      assert.deepEqual(others, []);
      const servers = registered.filter(object => podTemplateIn(object) && isServer(object));
      assert.equal(servers.length, plan.roles.length);
      for (const { name, dependencies } of servers)
        assert.ok(dependencies.includes(`${ASSOCIATION}::${reader.name}`), `${name} does not wait for its rights`);
    });

    it(`from S3 are fetched with the token by the copy, and servers are not given it: ${plan.path}`, async () => {
      const registered = await registeredRevision(inS3(plan), { account: true, token: "hf_abc" });
      assert.ok(variablesOf(only(registered, JOB)).includes("HF_TOKEN"));
      for (const servers of registered.filter(object => podTemplateIn(object) && isServer(object)))
        assert.ok(!variablesOf(servers).includes("HF_TOKEN"), servers.name);
    });

    it(`from Hugging Face are fetched by the servers, with the token: ${plan.path}`, async () => {
      const registered = await registeredRevision(plan, { token: "hf_abc" });
      for (const servers of registered.filter(object => podTemplateIn(object) && isServer(object)))
        assert.ok(variablesOf(servers).includes("HF_TOKEN"), servers.name);
    });
  }

  it("from Hugging Face bring nothing of AWS along, though another model's do", async () =>
    assert.deepEqual(
      listed(await registeredRevision(BASELINE, { account: true })),
      listed(await registeredRevision(BASELINE)),
    ));

  it("need no token where none is configured", async () => {
    for (const plan of PLANS)
      for (const object of await registeredRevision(inS3(plan), { account: true }))
        if (podTemplateIn(object)) assert.ok(!variablesOf(object).includes("HF_TOKEN"), object.name);
  });

  it("are turned into tokens by the servers themselves: nothing else fetches a tokenizer, or has the token", async () => {
    const registered = await registeredRevision(inS3(PRECISE), { account: true, token: "hf_abc" });
    assert.deepEqual(
      registered.filter(({ type }) => type === DEPLOYMENT).map(({ name }) => name),
      ["qwen3-32b-v1-decode", "qwen3-32b-v1-epp"],
    );
  });
});
