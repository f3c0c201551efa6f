import assert from "node:assert/strict";
import { fullProblems, type RefusedCase, refusedWith, type Values } from "../../support/infraSettings";
import { configure, rehearsed } from "../../support/settings";

const PRIVATE = { public: false, private: true };
const ADMIN = "arn:aws:iam::111122223333:role/platform-admin";

const cluster = (fields: object): Values => ({ "llmd-infra:cluster": { endpoint: PRIVATE, ...fields } });
const endpoint = (fields: object): Values => cluster({ endpoint: fields });
const systemPool = (fields: object): Values => ({
  "llmd-infra:systemPool": { maxCpus: 32, maxMemoryGiB: 128, ...fields },
});

const LOG_TYPES = "api, audit, authenticator, controllerManager, scheduler";
const NOT_PRIVATE =
  "nodes reach the API server inside the VPC, or from NAT addresses that no range can name beforehand: set it to true. Endpoint inside the VPC, which nodes need: write true.";
const CIDRS = "Ranges that may reach the public endpoint.";
const OPEN = `a public endpoint without ranges is open to everyone: name the ranges that may reach it. ${CIDRS}`;
const NO_PRINCIPAL =
  "an IAM role or user looks like arn:aws:iam::111122223333:role/platform-admin; a session of a role (arn:aws:sts:…) does not last";
const CPUS = "vCPUs of all its nodes, 8 to 2048: what all but model servers runs on.";
const MEMORY = "Memory of all its nodes, 32 to 8192 GiB; they have 4 GiB a vCPU.";
const NODE_CPUS = "vCPUs of its largest node. Without it: 8. More only for a pod that fits no smaller one.";

describe("the cluster's settings", () => {
  rehearsed();
  afterEach(() => configure({}));

  const taken: readonly { what: string; values: Values }[] = [
    { what: "a private endpoint without ranges", values: endpoint(PRIVATE) },
    {
      what: "a public endpoint with ranges beside the private one",
      values: endpoint({ public: true, cidrs: ["10.0.0.0/8"], private: true }),
    },
    ...["1.31", "1.36"].map(version => ({
      what: `Kubernetes ${version}`,
      values: { "llmd-infra:kubernetesVersion": version },
    })),
    ...[
      "arn:aws:iam::111122223333:role/path/to/admin",
      "arn:aws:iam::111122223333:user/alice@acme.dev",
      "arn:aws-us-gov:iam::111122223333:role/admin",
    ].map(arn => ({ what: `${arn} as an administrator`, values: cluster({ admins: [arn] }) })),
    { what: "every type of log", values: cluster({ logTypes: LOG_TYPES.split(", ") }) },
    { what: "no logs at all", values: cluster({ logTypes: [] }) },
    { what: "the least of the system pool", values: systemPool({ maxCpus: 8, maxMemoryGiB: 32 }) },
    { what: "the most of the system pool", values: systemPool({ maxCpus: 2048, maxMemoryGiB: 8192 }) },
    ...[8, 16, 32, 64].map(maxNodeCpus => ({
      what: `nodes of the system pool of up to ${maxNodeCpus} vCPUs`,
      values: systemPool({ maxNodeCpus }),
    })),
  ];
  for (const { what, values } of taken) it(`take ${what}`, () => assert.deepEqual(refusedWith(values), []));

  const refused: readonly RefusedCase[] = [
    ...["1.5", "1.30", "1.37", "v1.35", "1.35.2", "latest"].map(version => ({
      rule: "known versions",
      what: `${version} as the version of Kubernetes`,
      values: { "llmd-infra:kubernetesVersion": version },
      problems: [
        `kubernetesVersion": "${version}" is not allowed: take one of 1.31, 1.32, 1.33, 1.34, 1.35, 1.36. A version of Amazon EKS, in quotes.`,
      ],
    })),
    {
      rule: "uselessEndpoints, ranges",
      what: "a public endpoint whose ranges are left out",
      values: endpoint({ public: true, private: true }),
      problems: [`cluster.endpoint.cidrs": [] is refused: ${OPEN}`],
    },
    {
      rule: "uselessEndpoints, ranges",
      what: "a public endpoint with an empty list of ranges",
      values: endpoint({ public: true, cidrs: [], private: true }),
      problems: [`cluster.endpoint.cidrs": [] is refused: ${OPEN}`],
    },
    {
      rule: "uselessEndpoints, private",
      what: "a cluster with neither endpoint, whatever its ranges",
      values: endpoint({ public: false, cidrs: ["10.0.0.0/8"], private: false }),
      problems: [`cluster.endpoint.private": false is refused: ${NOT_PRIVATE}`],
    },
    {
      rule: "ranges of addresses",
      what: "an address that is no range",
      values: endpoint({ public: true, cidrs: ["10.0.0.0/8", "10.0.0.1"], private: true }),
      problems: [`cluster.endpoint.cidrs[1]": "10.0.0.1" is refused: Invalid IPv4 range`],
    },
    {
      rule: "yes or no",
      what: "an endpoint that does not say whether it is private",
      values: endpoint({ public: true, cidrs: ["10.0.0.0/8"] }),
      problems: [`cluster.endpoint.private" is missing. Endpoint inside the VPC, which nodes need: write true.`],
    },
    {
      rule: "uselessEndpoints, private",
      what: "a public endpoint alone, ranges or not",
      values: endpoint({ public: true, cidrs: ["10.0.0.0/8"], private: false }),
      problems: [`cluster.endpoint.private": false is refused: ${NOT_PRIVATE}`],
    },
    {
      rule: "uselessEndpoints, both",
      what: "a public endpoint alone without ranges",
      values: endpoint({ public: true, private: false }),
      problems: [
        `cluster.endpoint.cidrs": [] is refused: ${OPEN}`,
        `cluster.endpoint.private": false is refused: ${NOT_PRIVATE}`,
      ],
    },
    ...[
      "platform-admin",
      "arn:aws:sts::111122223333:assumed-role/admin/al",
      "arn:aws:iam::1111:role/platform-admin",
      "arn:aws:iam::111122223333:root",
      "arn:aws:iam::111122223333:role/*",
    ].map(arn => ({
      rule: "the form of a principal",
      what: `${arn} as an administrator`,
      values: cluster({ admins: [arn] }),
      problems: [`cluster.admins[0]": "${arn}" is refused: ${NO_PRINCIPAL}`],
    })),
    {
      rule: "rejectDuplicates of administrators",
      what: "an administrator twice",
      values: cluster({ admins: [ADMIN, ADMIN] }),
      problems: [`cluster.admins[1]": "${ADMIN}" is refused: it is in the list already`],
    },
    {
      rule: "the types of logs",
      what: "a type of log that EKS does not have",
      values: cluster({ logTypes: ["api", "kubelet"] }),
      problems: [`cluster.logTypes[1]": "kubelet" is not allowed: take one of ${LOG_TYPES}`],
    },
    {
      rule: "rejectDuplicates of logs",
      what: "a type of log twice",
      values: cluster({ logTypes: ["audit", "api", "audit"] }),
      problems: [`cluster.logTypes[2]": "audit" is refused: it is in the list already`],
    },
    {
      rule: "unknown keys",
      what: "a misspelt key",
      values: cluster({ admin: [ADMIN] }),
      problems: [`cluster.admin" is not a key that is known: did you mean "admins"?`],
    },
    ...[
      { key: "maxCpus", value: 7, why: "is too small: at least 8", way: CPUS },
      { key: "maxCpus", value: 2049, why: "is too large: at most 2048", way: CPUS },
      { key: "maxCpus", value: 8.5, why: "is not a whole number", way: CPUS },
      ...[4, 12, 128].map(value => ({
        key: "maxNodeCpus",
        value,
        why: "is not allowed: take one of 8, 16, 32, 64",
        way: NODE_CPUS,
      })),
      { key: "maxMemoryGiB", value: 31, why: "is too small: at least 32", way: MEMORY },
      { key: "maxMemoryGiB", value: 8193, why: "is too large: at most 8192", way: MEMORY },
    ].map(({ key, value, why, way }) => ({
      rule: `the range of ${key}`,
      what: `${value} as the system pool's ${key}`,
      values: systemPool({ [key]: value }),
      problems: [`systemPool.${key}": ${value} ${why}. ${way}`],
    })),
    {
      rule: "limits of the system pool",
      what: "a system pool without a limit of memory",
      values: { "llmd-infra:systemPool": { maxCpus: 32 } },
      problems: [`systemPool.maxMemoryGiB" is missing. ${MEMORY}`],
    },
    {
      rule: "unknown keys of the system pool",
      what: "a misspelt limit",
      values: systemPool({ maxCpu: 8 }),
      problems: [`systemPool.maxCpu" is not a key that is known: did you mean "maxCpus"?`],
    },
  ];
  for (const { rule, what, values, problems } of refused)
    it(`refuse ${what} (${rule})`, () => assert.deepEqual(refusedWith(values), fullProblems(problems)));
});
