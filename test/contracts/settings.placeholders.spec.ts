import assert from "node:assert/strict";
import { z } from "zod";
import { readSettings } from "../../contracts/settings";
import { readInfraSettings } from "../../infra/settings";
import { readPlatformSettings } from "../../platform/settings";
import { readWorkloadsSettings } from "../../workloads/settings";
import { configure, problemsOf, withPreview, withRehearsal } from "../support/settings";
import { configOf, STACKS } from "../support/stackFiles";

const ACCOUNT = "put your AWS account id here";
const ADDRESSES = "put the addresses here that may reach your cluster";
const NAME = "put a name of your own here";

const told = (path: string, value: string, remedy: string): string =>
  `"${path}": "${value}" is a placeholder of the example file: ${remedy}`;

const KINDS: readonly { value: string; remedy: string }[] = [
  { value: "111122223333", remedy: ACCOUNT },
  { value: "123456789012", remedy: ACCOUNT },
  { value: "arn:aws:iam::111122223333:role/deployer", remedy: ACCOUNT },
  { value: "203.0.113.0/24", remedy: ADDRESSES },
  { value: "203.0.113.7", remedy: ADDRESSES },
  { value: "example.com", remedy: NAME },
  { value: "llm.example.org", remedy: NAME },
  { value: "someone@example.net", remedy: NAME },
  { value: "https://example.com/path", remedy: NAME },
];

const OWN: readonly string[] = [
  "own.dev",
  "1111222233334",
  "210987654321",
  "203.0.114.0/24",
  "1203.0.113.0/24",
  "198.51.100.0/24",
  "counterexample.com",
  "example.dev",
  "example.company",
  "example-com",
];

const read = () =>
  readSettings(
    {
      one: z.strictObject({ text: z.string() }),
      two: z.strictObject({ list: z.array(z.strictObject({ value: z.string() })) }),
    },
    { secretKeys: ["one:secret"] },
  );

const example = (value: string): void =>
  configure({ "one:text": value, "one:secret": value, "two:list": JSON.stringify([{ value: "own" }, { value }]) });

/** By stack. */
type Problems = Readonly<Record<(typeof STACKS)[number], readonly string[]>>;

const ONLY_ACCOUNT = [told("llmd:accountId", "111122223333", ACCOUNT)];
const OF_INFRA = [...ONLY_ACCOUNT, told("llmd-infra:cluster.endpoint.cidrs[0]", "203.0.113.0/24", ADDRESSES)];

/** Every layer with the placeholders that it reads from the example files. */
const LAYERS: readonly { layer: string; readLayer: () => { readonly owner: string }; problems: Problems }[] = [
  {
    layer: "infra",
    readLayer: readInfraSettings,
    problems: {
      dev: OF_INFRA,
      prod: [
        ...OF_INFRA,
        told("llmd-infra:cluster.admins[0]", "arn:aws:iam::111122223333:role/platform-admin", ACCOUNT),
        told("llmd-infra:budget.emails[0]", "ml-platform@example.com", NAME),
      ],
    },
  },
  {
    layer: "platform",
    readLayer: readPlatformSettings,
    problems: {
      dev: ONLY_ACCOUNT,
      prod: [
        ...ONLY_ACCOUNT,
        told("llmd-platform:entry.hostname", "llm.example.com", NAME),
        told(
          "llmd-platform:entry.certificateArn",
          "arn:aws:acm:us-east-2:111122223333:certificate/01234567-89ab-4cde-8f01-23456789abcd",
          ACCOUNT,
        ),
        told("llmd-platform:entry.jwt.issuer", "https://login.example.com/", NAME),
        told("llmd-platform:monitoring.alerts.topicArn", "arn:aws:sns:us-east-2:111122223333:llm-alerts", ACCOUNT),
      ],
    },
  },
  {
    layer: "workloads",
    readLayer: readWorkloadsSettings,
    problems: { dev: ONLY_ACCOUNT, prod: ONLY_ACCOUNT },
  },
];

const configureStack = (stack: (typeof STACKS)[number]): void =>
  configure({ ...configOf(stack), "llmd-workloads:huggingFaceToken": "hf_abc" });

/** Sets of circumstances under which placeholders may stay. */
const ACCEPTING: readonly { when: string; preview: boolean; rehearsal: string | undefined }[] = [
  { when: "a preview", preview: true, rehearsal: undefined },
  { when: "a rehearsal's update", preview: false, rehearsal: "true" },
  { when: "a rehearsal's preview", preview: true, rehearsal: "true" },
];

for (const { when, preview, rehearsal } of ACCEPTING)
  describe(`${when}, as to placeholders,`, () => {
    withRehearsal(rehearsal);
    withPreview(preview);
    afterEach(() => configure({}));

    it("accepts every placeholder", () => {
      for (const { value } of KINDS) {
        example(value);
        assert.deepEqual(read(), { text: value, list: [{ value: "own" }, { value }] });
      }
    });

    it("still rejects every other mistake", () => {
      configure({ "one:text": "example.com", "two:list": "none" });
      assert.deepEqual(problemsOf(read), [`"two:list": "none" is not a list`]);
    });

    for (const stack of STACKS)
      for (const { layer, readLayer } of LAYERS)
        it(`accepts the example file of ${stack} in the ${layer} layer`, () => {
          configureStack(stack);
          assert.equal(readLayer().owner, "ml-platform");
        });
  });

for (const rehearsal of [undefined, "", "false", "1"])
  describe(`a real update with the rehearsal's variable ${rehearsal === undefined ? "unset" : `"${rehearsal}"`}`, () => {
    withRehearsal(rehearsal);
    withPreview(false);
    afterEach(() => configure({}));

    for (const { value, remedy } of KINDS)
      it(`rejects ${value} wherever it is, save in a secret`, () => {
        example(value);
        assert.deepEqual(problemsOf(read), [told("one:text", value, remedy), told("two:list[1].value", value, remedy)]);
      });

    it("accepts own values, those included that only resemble placeholders", () => {
      for (const value of OWN) {
        example(value);
        assert.deepEqual(problemsOf(read), [], value);
      }
    });

    it("rejects placeholders in lists and groups at any depth, and no value that is not text", () => {
      const anything = { demo: z.strictObject({ a: z.any() }) };
      const a = {
        hosts: ["own.dev", "example.com"],
        deep: [{ cidrs: [["203.0.113.0/24"], null, true, 111122223333] }],
      };
      configure({ "demo:a": JSON.stringify(a) });
      assert.deepEqual(
        problemsOf(() => readSettings(anything)),
        [told("demo:a.hosts[1]", "example.com", NAME), told("demo:a.deep[0].cidrs[0][0]", "203.0.113.0/24", ADDRESSES)],
      );
    });

    it("rejects placeholders beside all other mistakes", () => {
      configure({ "one:text": "example.com", "two:list": `[{"value":1}]`, "two:b": "123456789012" });
      assert.deepEqual(problemsOf(read), [
        `"two:list[0].value": 1 is not text`,
        `"two:b" is not a key that is known: the keys here are list`,
        told("one:text", "example.com", NAME),
      ]);
    });

    for (const stack of STACKS)
      for (const { layer, readLayer, problems } of LAYERS)
        it(`rejects exactly the placeholders of the example file of ${stack} in the ${layer} layer`, () => {
          configureStack(stack);
          assert.deepEqual(problemsOf(readLayer), problems[stack]);
        });
  });
