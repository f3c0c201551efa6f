import assert from "node:assert/strict";
import { AWS_TYPES } from "../../../../../rehearsal/doubles/aws/types";
import { UNKNOWN, type WireObject, type WireValue } from "../../../../../rehearsal/doubles/protocol/wire";
import {
  type BadCase,
  type DeletionCase,
  identity,
  makeServices,
  resolve,
  TestAccount,
  TYPES,
  type TypeCases,
  type TypeName,
} from "../../../../support/aws";
import { BUDGETS_CASES } from "./budgets.cases";
import { EC2_CASES } from "./ec2.cases";
import { ECR_CASES } from "./ecr.cases";
import { EKS_CASES } from "./eks.cases";
import { IAM_CASES } from "./iam.cases";
import { KMS_CASES } from "./kms.cases";
import { NAT_GATEWAY_CASES } from "./natGateway.cases";
import { ROUTE53_CASES } from "./route53.cases";
import { S3_CASES } from "./s3.cases";
import { SECRETS_MANAGER_CASES } from "./secretsManager.cases";
import { SECURITY_GROUPS_CASES } from "./securityGroups.cases";
import { VPC_ENDPOINT_CASES } from "./vpcEndpoint.cases";

const CASES = {
  ...BUDGETS_CASES,
  ...EC2_CASES,
  ...ECR_CASES,
  ...EKS_CASES,
  ...IAM_CASES,
  ...KMS_CASES,
  ...NAT_GATEWAY_CASES,
  ...ROUTE53_CASES,
  ...S3_CASES,
  ...SECRETS_MANAGER_CASES,
  ...SECURITY_GROUPS_CASES,
  ...VPC_ENDPOINT_CASES,
};

/** What every taggable resource has; it is known in a preview. */
const withoutTags = ({ tagsAll: _, ...outputs }: WireObject): WireObject => outputs;

/** An account with everything that a case needs. */
async function stage(type: TypeName, cases: TypeCases) {
  const aws = new TestAccount();
  const made = await makeServices(aws);
  const good = resolve(cases.good, made);
  return { aws, made, good, make: (inputs: WireObject) => aws.make(type, "new", inputs), before: aws.contents() };
}

/** The stage of a bad case, with its inputs and AWS's error. */
async function badStage(type: TypeName, cases: TypeCases, { good: own, after, bad, message }: BadCase) {
  const { aws, made, make } = await stage(type, { ...cases, ...(own && { good: own }) });
  const good = resolve(own ?? cases.good, made);
  const first = after && (await aws.make(type, "first", { ...good, ...resolve(after, made) }));
  const expected = typeof message === "string" ? message : message(made, first as NonNullable<typeof first>);
  return { aws, make, good, inputs: { ...good, ...resolve(bad, made) }, expected };
}

async function deletionStage(type: TypeName, cases: TypeCases, { used: [usedType, inputs], by }: DeletionCase) {
  const { aws, made, good, make, before } = await stage(type, cases);
  const used = await aws.make(usedType, "used", resolve(inputs, made));
  return { aws, used, user: await make({ ...good, ...by(used, made) }), before };
}

async function replacedBy(type: TypeName, path: string): Promise<readonly string[]> {
  const request = { ...identity(TYPES[type], "one"), id: "one", oldInputs: {}, newInputs: {}, changed: [path] };
  return (await new TestAccount().double.diff(request)).replaces;
}

describe("the aws double's types", () => {
  it("have cases, each of them", () => assert.deepEqual(Object.keys(CASES).sort(), Object.keys(TYPES).sort()));

  for (const [type, cases] of Object.entries(CASES) as [TypeName, TypeCases][])
    describe(`for ${type}`, () => {
      const { taken = [], bad = [], keeps = [], change, replaces, unknown } = cases;

      it("take good inputs", async () => {
        for (const further of [{}, ...taken]) {
          const { aws, made, good, make, before } = await stage(type, cases);
          const { id } = await make({ ...good, ...resolve(further, made) });
          assert.deepEqual(aws.contents(), [...before, `${TYPES[type]} ${id}`]);
        }
      });

      it("have the id and outputs that AWS gives them", async () => {
        const { made, good, make } = await stage(type, cases);
        const { id, outputs } = await make(good);
        if (cases.id) assert.match(id, cases.id);
        assert.partialDeepStrictEqual(outputs, cases.outputs?.(id, made) ?? {});
      });

      for (const [index, badCase] of bad.entries())
        it(`reject bad inputs, number ${index + 1}, and take them once they are corrected`, async () => {
          const { aws, make, good, inputs, expected } = await badStage(type, cases, badCase);
          const before = aws.contents();
          await assert.rejects(make(inputs), { message: expected });
          assert.deepEqual(aws.contents(), before);
          await make(good);
        });

      for (const deletion of keeps)
        it(`${deletion.message ? "keep" : "let go of"} a ${deletion.used[0]} that it refers to`, async () => {
          const { aws, used, user, before } = await deletionStage(type, cases, deletion);
          if (deletion.message) {
            await assert.rejects(aws.remove(used), { message: deletion.message(used.id) });
            assert.ok(await aws.read(used), `${used.id} is gone`);
            await aws.remove(user);
            await aws.remove(used);
            assert.deepEqual(aws.contents(), before);
          } else {
            await aws.remove(used);
            assert.deepEqual(aws.contents(), [...before, `${TYPES[type]} ${user.id}`]);
          }
        });

      it("need a new resource for some inputs, and none for others", async () => {
        for (const property of replaces) assert.deepEqual(await replacedBy(type, property), [property]);
        for (const path of [...Object.keys(change), "tags.a"]) assert.deepEqual(await replacedBy(type, path), []);
      });

      if (unknown)
        it("are kept from a preview to a deletion as they were made and changed", async () => {
          const { aws, good: inputs, before } = await stage(type, cases);
          const previewed = await aws.preview(type, "one", inputs);
          assert.deepEqual(withoutTags(previewed), {
            ...inputs,
            ...Object.fromEntries(unknown.map(key => [key, UNKNOWN])),
          });
          assert.deepEqual(aws.contents(), before);

          const made = await aws.make(type, "one", inputs);
          assert.deepEqual(aws.contents(), [...before, `${TYPES[type]} ${made.id}`]);
          assert.deepEqual(await aws.read(made), made.outputs);
          assert.deepEqual(Object.keys(made.outputs).sort(), Object.keys(previewed).sort());
          for (const key of unknown) assert.ok(made.outputs[key], `AWS gives no ${key}`);

          const changed = { ...inputs, ...change };
          const foreseen = await aws.update(made, changed, true);
          const updated = await aws.update(made, changed);
          assert.deepEqual(updated, foreseen);
          assert.deepEqual(withoutTags(updated), { ...withoutTags(made.outputs), ...change });
          assert.deepEqual(await aws.read(made), updated);

          await aws.remove(made);
          assert.equal(await aws.read(made), undefined);
          assert.deepEqual(aws.contents(), before);
        });

      it("have a case for each rule, each reference and each deletion that AWS rejects", async () => {
        const covered = new Set([
          ...ownRulesOf(type, cases),
          ...(await Promise.all(bad.map(badCase => rejectionOf(type, cases, badCase)))),
          ...(await Promise.all(keeps.map(deletion => referencesKept(type, cases, deletion)))).flat(),
        ]);
        assert.deepEqual(
          rejectionsOf(type).filter(rejection => !covered.has(rejection)),
          [],
        );
      });
    });
});

const rowOf = (type: TypeName) => {
  const { rejects = [], references = {} } = AWS_TYPES[TYPES[type]] ?? {};
  return { rules: [...rejects], references: Object.entries(references) };
};

const ruleNumber = (index: number) => `rule ${index}`;
const deletionBy = (path: string) => `deletion by ${path}`;

/** Everything that AWS may reject about a type, as names. */
function rejectionsOf(type: TypeName): string[] {
  const { rules, references } = rowOf(type);
  const { account } = new TestAccount();
  return [
    ...rules.map((_rule, index) => ruleNumber(index)),
    ...references.flatMap(([path, { madeElsewhere }]) => (madeElsewhere?.(account, "nothing") ? [] : [path])),
    ...references.flatMap(([path, { inUse }]) => (inUse ? [deletionBy(path)] : [])),
  ];
}

const ownRulesOf = (type: TypeName, { ownTests = [] }: TypeCases): string[] =>
  rowOf(type).rules.flatMap(({ name }, index) => (ownTests.includes(name) ? [ruleNumber(index)] : []));

/** The name of what rejects a bad case. */
async function rejectionOf(type: TypeName, cases: TypeCases, badCase: BadCase): Promise<string> {
  const { rules, references } = rowOf(type);
  const { aws, inputs, expected } = await badStage(type, cases, badCase);
  const dangling = references.find(([path, { to, missing, madeElsewhere }]) =>
    textsOf(inputs[top(path)])
      .filter(text => !aws.account.find(to, text) && !madeElsewhere?.(aws.account, text))
      .some(text => missing(text) === expected),
  );
  if (dangling) return dangling[0];
  const seed = aws.account.newSeed(identity(TYPES[type], "new").urn);
  const made = { name: "new", seed, inputs, account: aws.account };
  return ruleNumber(rules.findIndex(rule => rule(made) === expected));
}

/** Names of the references for which AWS rejects a deletion. */
async function referencesKept(type: TypeName, cases: TypeCases, deletion: DeletionCase): Promise<string[]> {
  const { aws, used, user } = await deletionStage(type, cases, deletion);
  const names = (value: WireValue | undefined) =>
    textsOf(value).some(text => aws.account.find(used.type, text)?.id === used.id);
  return rowOf(type)
    .references.filter(([path, { to }]) => deletion.message && to === used.type && names(user.inputs[top(path)]))
    .map(([path]) => deletionBy(path));
}

/** The first step of an input path. */
const top = (path: string): string => path.split(/[.[]/)[0] ?? "";

const textsOf = (value: WireValue | undefined): string[] =>
  value !== null && typeof value === "object" ? Object.values(value).flatMap(textsOf) : [String(value)];
