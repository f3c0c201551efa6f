import assert from "node:assert/strict";
import type { WireObject } from "../../../rehearsal/doubles/protocol/wire";
import { identity, TestAccount } from "../../support/aws";

const RECORD = "aws:route53/record:Record";
const ZONE = "Z0123456789ABCDEFGHIJ";

const record = (changes: WireObject = {}): WireObject => ({
  zoneId: ZONE,
  name: "llm.acme.dev",
  type: "CNAME",
  ttl: 60,
  records: ["nlb.elb.us-east-2.amazonaws.com"],
  ...changes,
});

const make = async (aws: TestAccount, name: string, inputs: WireObject) =>
  aws.double.create({ ...identity(RECORD, name), inputs, preview: false });

describe("the aws double's records", () => {
  it("are known by zone, name and type, as the provider knows them", async () => {
    const aws = new TestAccount();
    const { id, outputs } = await make(aws, "entry", record());
    assert.deepEqual([id, outputs.fqdn], [`${ZONE}_llm.acme.dev_CNAME`, "llm.acme.dev"]);
  });

  const refused: readonly { what: string; changes: WireObject; message: string }[] = [
    {
      what: "a zone by its name",
      changes: { zoneId: "acme.dev" },
      message: "reading Route 53 Hosted Zone (acme.dev): NoSuchHostedZone: No hosted zone found with ID: acme.dev",
    },
    { what: "a record without a value", changes: { records: [] }, message: "all of `records,ttl` must be specified" },
    {
      what: "two names for one",
      changes: { records: ["one.example", "two.example"] },
      message:
        "InvalidChangeBatch: [Invalid Resource Record: FATAL problem: CNAMEMustBeSingle encountered with 'llm.acme.dev']",
    },
  ];
  for (const { what, changes, message } of refused)
    it(`refuse ${what}`, () => assert.rejects(make(new TestAccount(), "entry", record(changes)), { message }));

  it("refuse a type that does not exist", () =>
    assert.rejects(make(new TestAccount(), "entry", record({ type: "NAME" })), /expected type to be one of \["A" /));

  it("refuse a second one of the name, and another type beside a CNAME", async () => {
    const aws = new TestAccount();
    await make(aws, "entry", record());
    await assert.rejects(make(aws, "second", record()), {
      message:
        "InvalidChangeBatch: [Tried to create resource record set [name='llm.acme.dev.', type='CNAME'] but it already exists]",
    });
    await assert.rejects(make(aws, "second", record({ type: "A", records: ["10.0.0.1"] })), {
      message:
        "InvalidChangeBatch: [RRSet of type A with DNS name llm.acme.dev. is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone]",
    });
    await make(aws, "second", record({ name: "chat.acme.dev" }));
  });

  it("are replaced by one of another name, and keep their place for another value", async () => {
    const diff = (after: WireObject, changed: string) =>
      new TestAccount().double.diff({
        ...identity(RECORD, "entry"),
        id: "one",
        oldInputs: record(),
        newInputs: record(after),
        changed: [changed],
      });
    assert.deepEqual((await diff({ name: "chat.acme.dev" }, "name")).replaces, ["name"]);
    assert.deepEqual((await diff({ records: ["other.elb.amazonaws.com"] }, "records[0]")).replaces, []);
  });
});
