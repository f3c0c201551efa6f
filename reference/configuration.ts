/** The page with all keys of a stack file, docs/configuration.md. */
import { stringify } from "yaml";
import { ALLOWED_ENV } from "../workloads/settings/env";
import { type Key, keysOf } from "./keys";
import { stackFileSchema } from "./stackFile";

interface Section {
  readonly title: string;
  readonly namespaces: readonly string[];
  readonly intro: string;
}

const SECTIONS: readonly Section[] = [
  {
    title: "Shared keys",
    namespaces: ["aws", "pulumi", "llmd"],
    intro:
      "All layers and the policy pack read these. Other keys of `aws:` and `pulumi:` are the provider's and the engine's own.",
  },
  {
    title: "Infra",
    namespaces: ["llmd-infra"],
    intro: "Network, cluster, GPU pools and what stands beside them. What is made of the keys: [infra.md](infra.md).",
  },
  {
    title: "Platform",
    namespaces: ["llmd-platform"],
    intro:
      "Istio, entry, monitoring and the parts that serve models. What is made of the keys: [platform.md](platform.md).",
  },
  {
    title: "Workloads",
    namespaces: ["llmd-workloads"],
    intro: "Models. What is made of the keys: [workloads.md](workloads.md).",
  },
];

const HEAD = `# Keys of a stack file

Every key of \`Pulumi.<stack>.yaml\`. \`npm run docs\` writes this page from the schemas that the
layers read the file with.

A path is written as in error messages: \`[]\` is each entry of a list, \`<name>\` a name that you
choose. Keys below \`llmd:\`, \`llmd-infra:\`, \`llmd-platform:\` and \`llmd-workloads:\` that are not on
this page are errors. A secret stands in the file encrypted: set it with
\`pulumi -C <layer> config set --secret <key>\`. Rules over several keys are not on this page: a
preview checks them, all at once, and says what to change.`;

/** The whole page in Markdown. */
export function configurationPage(): string {
  const keys = keysOf(stackFileSchema());
  return [HEAD, ...SECTIONS.map(section => sectionText(section, keys)), environmentText()].join("\n\n").concat("\n");
}

function sectionText({ title, namespaces, intro }: Section, keys: readonly Key[]): string {
  const own = keys.filter(({ path }) => namespaces.includes(path.split(":")[0] ?? ""));
  const groups = [...new Set(own.map(({ path }) => topOf(path)))].map(top =>
    own.filter(key => topOf(key.path) === top),
  );
  const single = groups.filter(group => group.length === 1).flat();
  const headed = groups.filter(group => group.length > 1).map(group => `### ${group[0]?.path}\n\n${listText(group)}`);
  return [`## ${title}`, wrapped(intro), ...(single.length > 0 ? [listText(single)] : []), ...headed].join("\n\n");
}

/** The first part of a path: `llmd-infra:gpuPools`. */
const topOf = (path: string): string => path.split(/[.[]/)[0] ?? path;

const listText = (keys: readonly Key[]): string => keys.map(keyText).join("\n");

function keyText({ path, type, presence, standard, meaning = "" }: Key): string {
  const rule = standard === undefined ? presence : `${presence}, default \`${inlineYaml(standard)}\``;
  const facts = [rule, type].map(fact => `${fact[0]?.toUpperCase()}${fact.slice(1)}.`).join(" ");
  // Markdown would take <name> for a tag.
  return wrapped(`- **\`${path}\`**: ${meaning.replaceAll("<", "\\<")} *${facts}*`, "  ");
}

const inlineYaml = (value: unknown): string =>
  stringify(value, { collectionStyle: "flow", flowCollectionPadding: false, lineWidth: 0 }).trim();

/** Variables that `llmd-workloads:models[].env` may hold, with their values. */
function environmentText(): string {
  const intro = "Variables that `llmd-workloads:models[].env` may give to model servers. All others are refused.";
  const variables = Object.entries(ALLOWED_ENV).map(([name, { kind, why }]) =>
    wrapped(`- **\`${name}\`** (${kind.form}): ${why}.`, "  "),
  );
  return `## Variables of model servers\n\n${intro}\n\n${variables.join("\n")}`;
}

/** Widest line of the page; a longer word stands on a line of its own. */
const COLUMNS = 100;

function wrapped(text: string, indent = ""): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= COLUMNS) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : `${indent}${word}`);
  }
  return lines.join("\n");
}
