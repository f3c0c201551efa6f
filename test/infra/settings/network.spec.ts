import assert from "node:assert/strict";
import { fullProblems, type RefusedCase, refusedWith, type Values, WRITTEN_POOL } from "../../support/infraSettings";
import { configure, rehearsed } from "../../support/settings";

const NETWORK = { cidr: "10.40.0.0/16", zoneIds: ["use2-az1", "use2-az2"], nat: "single" };

const network = (fields: object): Values => ({ "llmd-infra:network": { ...NETWORK, ...fields } });

const RANGE = "A range with room for a /20 in each zone and one more, e.g. 10.40.0.0/16.";
const ZONES = "Zones of control plane, NAT gateways and load balancers, by id.";
const NAT = "NAT gateways: none, a single one, one in each zone, or one that spans all zones.";
const ENDPOINTS = "Interface endpoints for AWS's services in the VPC, at $0.01 an hour each and zone.";
const NO_WAY_OUT =
  "nodes could reach neither ECR nor the APIs of EKS and EC2: set interfaceEndpoints to true, or nat to single, " +
  "perZone or regional";
const NEVER_MOVE = "a zone's number picks its subnets, so that they never move";

const LOGIN = "arn:aws:secretsmanager:us-east-2:111122223333:secret:ecr-pullthroughcache/login-AbCdEf";
/** Without it nothing could be pulled where there is no NAT. */
const CACHED = {
  "llmd-infra:imageCache": { enabled: true, credentials: { dockerHub: LOGIN, github: LOGIN } },
};

describe("the network's settings", () => {
  rehearsed();
  afterEach(() => configure({}));

  const taken: readonly { what: string; values: Values }[] = [
    ...["single", "perZone", "regional"].map(nat => ({ what: `nat ${nat}`, values: network({ nat }) })),
    {
      what: "no NAT with interface endpoints",
      values: { ...network({ nat: "none", interfaceEndpoints: true }), ...CACHED },
    },
    { what: "two zones in a /18", values: network({ cidr: "10.40.0.0/18" }) },
    {
      what: "a pool in a zone of its own",
      values: { ...network({}), "llmd-infra:gpuPools": [{ ...WRITTEN_POOL, zoneIds: ["use2-az3"] }] },
    },
  ];
  for (const { what, values } of taken) it(`take ${what}`, () => assert.deepEqual(refusedWith(values), []));

  const refused: readonly RefusedCase[] = [
    {
      rule: "a range of addresses",
      what: "an address",
      values: network({ cidr: "10.40.0.0" }),
      problems: [`cidr": "10.40.0.0" is refused: Invalid IPv4 range. ${RANGE}`],
    },
    {
      rule: "the form of a zone id",
      what: "a zone's name in place of its id",
      values: network({ zoneIds: ["use2-az1", "us-east-2a"] }),
      problems: [`zoneIds[1]": "us-east-2a" is refused: a zone id looks like use2-az1`],
    },
    {
      rule: "the form of a zone id",
      what: "a local zone",
      values: network({ zoneIds: ["use2-az1", "use2-chi1-az1"] }),
      problems: [`zoneIds[1]": "use2-chi1-az1" is refused: a zone id looks like use2-az1`],
    },
    {
      rule: "rejectDuplicates",
      what: "a zone twice",
      values: network({ zoneIds: ["use2-az1", "use2-az2", "use2-az1"] }),
      problems: [`zoneIds[2]": "use2-az1" is refused: it is in the list already`],
    },
    {
      rule: "two zones at least",
      what: "a single zone",
      values: network({ zoneIds: ["use2-az1"] }),
      problems: [`zoneIds": ["use2-az1"] is too short: at least 2 entries. ${ZONES}`],
    },
    {
      rule: "controlPlaneZoneProblem",
      what: "two zones of which EKS takes one",
      values: { ...network({ zoneIds: ["use1-az3", "use1-az1"] }), "aws:region": "us-east-1" },
      problems: [
        `zoneIds": ["use1-az3","use1-az1"] is refused: EKS runs the control plane in at least 2 zones, and refuses it in use1-az3: that leaves use1-az1; add zones of the Region. ${ZONES}`,
      ],
    },
    {
      rule: "the kinds of NAT",
      what: "an unknown kind of NAT",
      values: network({ nat: "instance" }),
      problems: [`nat": "instance" is not allowed: take one of none, single, perZone, regional. ${NAT}`],
    },
    {
      rule: "natProblem",
      what: "no NAT and no interface endpoints",
      values: { ...network({ nat: "none" }), ...CACHED },
      problems: [`nat": "none" is refused: ${NO_WAY_OUT}. ${NAT}`],
    },
    {
      rule: "natProblem",
      what: "no NAT and interface endpoints switched off",
      values: { ...network({ nat: "none", interfaceEndpoints: false }), ...CACHED },
      problems: [`nat": "none" is refused: ${NO_WAY_OUT}. ${NAT}`],
    },
    {
      rule: "yes or no",
      what: "interface endpoints that are no yes or no",
      values: network({ interfaceEndpoints: "yes" }),
      problems: [`interfaceEndpoints": "yes" is not true or false. ${ENDPOINTS}`],
    },
    {
      rule: "unknown keys",
      what: "a misspelt key",
      values: network({ interfaceEndpoint: true }),
      problems: [`interfaceEndpoint" is not a key that is known: did you mean "interfaceEndpoints"?`],
    },
    {
      rule: "rejectSmallRange",
      what: "a range larger than AWS makes",
      values: network({ cidr: "10.0.0.0/8" }),
      problems: [`cidr": "10.0.0.0/8" is refused: AWS makes no VPC larger than /16: take a smaller range. ${RANGE}`],
    },
    {
      rule: "rejectSmallRange",
      what: "a range that begins in the middle",
      values: network({ cidr: "10.40.1.0/16" }),
      problems: [
        `cidr": "10.40.1.0/16" is refused: 10.40.1.0/16 does not begin at its first address: write 10.40.0.0/16. ${RANGE}`,
      ],
    },
    {
      rule: "rejectSmallRange",
      what: "a range without room for the network's zones",
      values: network({ cidr: "10.40.0.0/19" }),
      problems: [
        `cidr": "10.40.0.0/19" is refused: 10.40.0.0/19 has room for 1 zone of a /20, not for use2-az2: ${NEVER_MOVE}; take a /18 or larger, or zones up to az1. ${RANGE}`,
      ],
    },
    {
      rule: "rejectSmallRange",
      what: "a range without room for a zone that only a pool has",
      values: {
        ...network({ cidr: "10.40.0.0/18" }),
        "llmd-infra:gpuPools": [{ ...WRITTEN_POOL, instanceType: "p5.4xlarge", zoneIds: ["use2-az4"] }],
      },
      problems: [
        `cidr": "10.40.0.0/18" is refused: 10.40.0.0/18 has room for 3 zones of a /20, not for use2-az4: ${NEVER_MOVE}; take a /17 or larger, or zones up to az3. ${RANGE}`,
      ],
    },
    {
      rule: "rejectSmallRange",
      what: "zones of two Regions with the same number",
      values: network({ zoneIds: ["use2-az1", "usw2-az1"] }),
      problems: [
        `cidr": "10.40.0.0/16" is refused: use2-az1 and usw2-az1 would get the same subnets: take zones of one Region. ${RANGE}`,
      ],
    },
  ];
  for (const { rule, what, values, problems } of refused)
    it(`refuse ${what} (${rule})`, () =>
      assert.deepEqual(refusedWith(values), fullProblems(problems.map(problem => `network.${problem}`))));
});
