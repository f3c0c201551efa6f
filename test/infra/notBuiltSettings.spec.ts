import assert from "node:assert/strict";
import { readInfraSettings } from "../../infra/settings";
import { configure, problemsOf, rehearsed } from "../support/settings";
import { configOf } from "../support/stackFiles";

const NETWORK = { cidr: "10.40.0.0/16", zoneIds: ["use2-az1", "use2-az2"], nat: "single" };
const CLUSTER = { endpoint: { public: false, private: true } };
const POOL = {
  name: "p5",
  instanceType: "p5.48xlarge",
  capacity: { kind: "onDemand" },
  maxNodes: 1,
  zoneIds: ["use2-az1"],
};
const GITHUB = { subjects: ["repo:acme/llm:environment:prod"], createProvider: true };

interface Case {
  readonly key: string;
  readonly value: unknown;
  readonly problem: string;
}

const ofPool = (fields: object, problem: string): Case => ({
  key: "gpuPools",
  value: [{ ...POOL, ...fields }],
  problem: `gpuPools[0].${problem}`,
});

describe("the infra layer's settings on which nothing acts yet", () => {
  rehearsed();
  afterEach(() => configure({}));

  const refused: readonly Case[] = [
    {
      key: "network",
      value: { ...NETWORK, interfaceEndpoints: "yes" },
      problem: `network.interfaceEndpoints": "yes" is not true or false`,
    },
    {
      key: "cluster",
      value: { ...CLUSTER, admins: ["platform-admin"] },
      problem: `cluster.admins[0]": "platform-admin" is refused: Invalid string: must start with "arn:"`,
    },
    {
      key: "cluster",
      value: { ...CLUSTER, logTypes: ["api", "kubelet"] },
      problem: `cluster.logTypes[1]": "kubelet" is not allowed: take one of api, audit, authenticator, controllerManager, scheduler`,
    },
    {
      key: "systemPool",
      value: { maxCpus: 0, maxMemoryGiB: 256 },
      problem: `systemPool.maxCpus": 0 is too small: more than 0`,
    },
    { key: "systemPool", value: { maxCpus: 64 }, problem: `systemPool.maxMemoryGiB" is missing` },
    ofPool({ efa: 1 }, `efa": 1 is not true or false`),
    ofPool({ expireAfterHours: 505 }, `expireAfterHours": 505 is too large: at most 504`),
    ofPool({ expireAfterHours: 0 }, `expireAfterHours": 0 is too small: at least 1`),
    ofPool({ labels: { team: 1 } }, `labels.team": 1 is not text`),
    ofPool({ weight: 101 }, `weight": 101 is too large: at most 100`),
    ofPool({ weight: 0 }, `weight": 0 is too small: at least 1`),
    ofPool({ staticNodes: 0 }, `staticNodes": 0 is too small: at least 1`),
    ofPool({ storageGiB: "500" }, `storageGiB": "500" is not a number`),
    { key: "modelStore", value: { bucket: "own" }, problem: `modelStore.bucket": "own" is not true or false` },
    {
      key: "modelStore",
      value: { bucket: true, noncurrentVersionDays: 0 },
      problem: `modelStore.noncurrentVersionDays": 0 is too small: more than 0`,
    },
    {
      key: "budget",
      value: { usdPerMonth: 0, emails: ["ml@acme.dev"] },
      problem: `budget.usdPerMonth": 0 is too small: more than 0`,
    },
    {
      key: "budget",
      value: { usdPerMonth: 1, emails: ["ml"] },
      problem: `budget.emails[0]": "ml" is refused: Invalid email address`,
    },
    {
      key: "budget",
      value: { usdPerMonth: 1, emails: [] },
      problem: `budget.emails": [] is too short: at least 1 entry`,
    },
    {
      key: "deploy",
      value: { github: { ...GITHUB, subjects: [] } },
      problem: `deploy.github.subjects": [] is too short: at least 1 entry`,
    },
    {
      key: "deploy",
      value: { github: { ...GITHUB, createProvider: "yes" } },
      problem: `deploy.github.createProvider": "yes" is not true or false`,
    },
    {
      key: "deploy",
      value: { gitlab: {}, github: GITHUB },
      problem: `deploy.gitlab" is not a key that is known: did you mean "github"?`,
    },
  ];
  for (const { key, value, problem } of refused)
    it(`are refused where they are wrong: ${problem.slice(0, problem.indexOf('"'))} as ${JSON.stringify(value).slice(-40)}`, () => {
      configure({ ...configOf("dev"), [`llmd-infra:${key}`]: JSON.stringify(value) });
      assert.deepEqual(problemsOf(readInfraSettings), [`"llmd-infra:${problem}`]);
    });
});
