import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { accountOf, rehearsalStackFile } from "../../../rehearsal/engine/stackFile";
import { STACKS } from "../../support/stackFiles";

const TOKEN = "llmd-workloads:huggingFaceToken";

const fileOf = (stack: string): string => readFileSync(join(__dirname, `../../../Pulumi.${stack}.yaml`), "utf8");

/** What a rehearsal works on, for a file with this configuration. */
function rehearsed(config: string) {
  const { content, secretPaths } = rehearsalStackFile(`config:\n${config.replace(/^/gm, "  ")}\n`);
  return { config: (parse(content) as { config: unknown }).config, secretPaths };
}

describe("a rehearsal's copy of a stack file", () => {
  const text = `# Ours.

secretsprovider: awskms://alias/pulumi
encryptionsalt: v1:salt
encryptedkey: key
config:
  # The account.
  llmd:accountId: "111122223333"
  llmd-infra:kubernetesVersion: "1.35" # a text
  llmd-workloads:huggingFaceToken:
    secure: v1:cipher
  # Ceilings.
  llmd:limits: { gpus: 8, usdPerHour: 68 }
`;

  it("has the user's comments and values, but neither encryption nor secrets", () =>
    assert.equal(
      rehearsalStackFile(text).content,
      `# Ours.

config:
  # The account.
  llmd:accountId: "111122223333"
  llmd-infra:kubernetesVersion: "1.35" # a text
  # Ceilings.
  llmd:limits: { gpus: 8, usdPerHour: 68 }
`,
    ));

  for (const key of ["secretsprovider", "encryptionsalt", "encryptedkey"])
    it(`loses ${key}`, () => {
      const { content } = rehearsalStackFile(`${key}: v1:salt\nconfig:\n  aws:region: us-east-2\n`);
      assert.deepEqual(parse(content), { config: { "aws:region": "us-east-2" } });
    });

  it("keeps a value of the configuration that is named like an encryption key", () =>
    assert.deepEqual(rehearsed("app:encryptionsalt: {encryptedkey: mine}").config, {
      "app:encryptionsalt": { encryptedkey: "mine" },
    }));

  for (const stack of STACKS)
    it(`has the configuration of Pulumi.${stack}.yaml`, () => {
      const { content, secretPaths } = rehearsalStackFile(fileOf(stack));
      assert.deepEqual(parse(content), parse(fileOf(stack)));
      assert.deepEqual(secretPaths, [TOKEN]);
      for (const [comment] of fileOf(stack).matchAll(/#.*/g)) assert.ok(content.includes(comment), comment);
    });

  it("can be made of a file without configuration", () =>
    assert.deepEqual(rehearsalStackFile("encryptionsalt: v1:salt\n"), { content: "{}\n", secretPaths: [TOKEN] }));
});

describe("the secrets of a stack file", () => {
  it("always include the Hugging Face token, once", () => {
    assert.deepEqual(rehearsed("aws:region: us-east-2").secretPaths, [TOKEN]);
    assert.deepEqual(rehearsed(`${TOKEN}: {secure: v1:a}`), { config: {}, secretPaths: [TOKEN] });
  });

  it("are found at the top", () =>
    assert.deepEqual(rehearsed("app:password: {secure: v1:a}\napp:user: me"), {
      config: { "app:user": "me" },
      secretPaths: ["app:password", TOKEN],
    }));

  it("are found in maps", () =>
    assert.deepEqual(rehearsed("app:database: {user: me, login: {password: {secure: v1:a}, port: 5432}}"), {
      config: { "app:database": { user: "me", login: { port: 5432 } } },
      secretPaths: ['app:database["login"]["password"]', TOKEN],
    }));

  it("are found in maps below keys that need quotes", () =>
    assert.deepEqual(rehearsed("app:logins: {registry.example.org: {secure: v1:a}}").secretPaths, [
      'app:logins["registry.example.org"]',
      TOKEN,
    ]));

  it("are found in maps of lists", () =>
    assert.deepEqual(rehearsed("app:models: [{name: a, token: {secure: v1:a}}, {name: b, token: {secure: v1:b}}]"), {
      config: { "app:models": [{ name: "a" }, { name: "b" }] },
      secretPaths: ['app:models[0]["token"]', 'app:models[1]["token"]', TOKEN],
    }));

  // The paths are set one after the other: an item that moved up would be overwritten, one beyond the end refused.
  it("are found in lists, whose other items stay where they are", () =>
    assert.deepEqual(rehearsed("app:keys: [{secure: v1:a}, plain, {secure: v1:b}, {secure: v1:c}, last]"), {
      config: { "app:keys": ["", "plain", "", "", "last"] },
      secretPaths: ["app:keys[0]", "app:keys[2]", "app:keys[3]", TOKEN],
    }));

  it("are found in lists of lists", () =>
    assert.deepEqual(rehearsed("app:keys: [[a, {secure: v1:a}], [{secure: v1:b}, b]]"), {
      config: {
        "app:keys": [
          ["a", ""],
          ["", "b"],
        ],
      },
      secretPaths: ["app:keys[0][1]", "app:keys[1][0]", TOKEN],
    }));

  it("are not values that merely say secure", () =>
    assert.deepEqual(rehearsed("app:mode: secure\napp:modes: [secure]"), {
      config: { "app:mode": "secure", "app:modes": ["secure"] },
      secretPaths: [TOKEN],
    }));
});

describe("the account of a stack file", () => {
  it("is the account, region and protection that programs are given", () => {
    const [dev, prod] = STACKS.map(stack => accountOf(fileOf(stack)));
    assert.deepEqual(dev, {
      accountId: "111122223333",
      region: "us-east-2",
      isProtected: false,
      deployerAddress: "203.0.113.0",
    });
    assert.deepEqual(prod, {
      accountId: "111122223333",
      region: "us-east-2",
      isProtected: true,
      deployerAddress: "203.0.113.0",
    });
  });

  const protections = [
    { written: "true", isProtected: true },
    { written: '"true"', isProtected: true },
    { written: "false", isProtected: false },
    { written: '"false"', isProtected: false },
  ];
  for (const { written, isProtected } of protections)
    it(`is ${isProtected ? "protected" : "not protected"} with llmd:protect: ${written}`, () =>
      assert.equal(accountOf(`config:\n  llmd:protect: ${written}\n`).isProtected, isProtected));

  it("is not protected where nothing says so", () => assert.equal(accountOf("config: {}\n").isProtected, false));
});
