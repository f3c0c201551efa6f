import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { parse } from "yaml";
import { DUMMY_SECRET } from "../../rehearsal/engine/pulumi";
import { type ClusterAccess, KubernetesApi, type KubernetesObject } from "../../rehearsal/kubernetesApi";
import { TOOLCHAIN_TIMEOUT_MS, toolchain } from "../support/apiServer";
import type { Command } from "../support/command";
import { keptRehearsal } from "../support/keptRehearsal";

const RUN_TIMEOUT_MS = 420_000;

/** How the engine marks a secret in a state; what follows is encrypted. */
const SECRET_MARK = "4dabf18193072939515e22adb298388d";

interface Checkpoint {
  readonly latest: { readonly resources: readonly { readonly urn: string; readonly type: string; inputs?: object }[] };
}

describe("secrets in a rehearsal", () => {
  let command: Command;
  let files: readonly string[];
  let objects: readonly KubernetesObject[];
  let passphrase: string;
  let grafanaPassword: string;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    await toolchain();
    command = keptRehearsal();
    await command.until(/everything stays up until Ctrl-C/);
    const [folder = ""] = command.folders();
    files = filesBelow(folder).filter(file => !holdsSecretsByDesign(relative(folder, file)));
    objects = await allObjects(join(folder, "cluster", "kubeconfig"));
    passphrase = /PULUMI_CONFIG_PASSPHRASE='([^']+)'/.exec(readFileSync(join(folder, "env"), "utf8"))?.[1] ?? "";
    grafanaPassword = valueIn("llmd-grafana-admin", "admin-password");
  });

  /** What a Kubernetes Secret holds. */
  function valueIn(name: string, key: string): string {
    const secret = objects.find(({ kind, metadata }) => kind === "Secret" && metadata.name === name);
    const { [key]: value } = (secret?.data ?? {}) as Record<string, unknown>;
    return Buffer.from(String(value), "base64").toString();
  }

  const secrets = () => [DUMMY_SECRET, grafanaPassword, passphrase];

  it("reach the Kubernetes Secrets that they are for", () => {
    assert.equal(valueIn("llmd-alertmanager", "receiver"), DUMMY_SECRET);
    assert.match(grafanaPassword, /^[A-Za-z0-9]{32}$/);
    assert.ok(passphrase.length > 20);
  });

  it("are nowhere in state, logs, kept files or output, neither plain nor in base64", () => {
    assert.ok(files.some(file => file.includes("state")) && files.some(file => file.includes("logs")));
    for (const form of secrets().flatMap(forms)) {
      assert.deepEqual(
        files.filter(file => readFileSync(file).includes(form)),
        [],
      );
      assert.ok(!command.output().includes(form), "in the output");
    }
  });

  it("are among the values of no chart, which Helm would keep in the cluster for everyone who may read Secrets", () => {
    const state = files.find(file => file.endsWith(join("llmd-platform", "dev.json")));
    const { checkpoint } = JSON.parse(readFileSync(state ?? "", "utf8")) as { checkpoint: Checkpoint };
    const releases = checkpoint.latest.resources.filter(({ type }) => type === "kubernetes:helm.sh/v3:Release");
    assert.ok(releases.length > 5);
    const withSecrets = releases.filter(({ inputs }) => JSON.stringify(inputs).includes(SECRET_MARK));
    assert.deepEqual(
      withSecrets.map(({ urn }) => urn),
      [],
    );
  });

  it("are in no other object of the cluster", () => {
    const kinds = new Set(objects.map(({ kind }) => kind));
    for (const kind of ["ConfigMap", "Deployment", "DaemonSet", "Alertmanager", "EnvoyFilter"])
      assert.ok(kinds.has(kind), kind);
    const holders = objects.filter(object => {
      const text = JSON.stringify(object);
      return secrets().some(secret => forms(secret).some(form => text.includes(form)));
    });
    assert.deepEqual(holders.map(({ kind, metadata: { namespace, name } }) => `${kind} ${namespace}/${name}`).sort(), [
      "Secret llm-d-monitoring/llmd-alertmanager",
      "Secret llm-d-monitoring/llmd-grafana-admin",
      "Secret llm-d/qwen3-32b-hf-token",
    ]);
  });

  it("are gone with the run", async function () {
    this.timeout(RUN_TIMEOUT_MS);
    command.child.kill("SIGINT");
    await command.end();
    assert.deepEqual(await command.remains(), []);
  });
});

/** etcd holds Kubernetes Secrets, as it must; `env` is for the person who kept the run, and readable by nobody else. */
const holdsSecretsByDesign = (file: string): boolean => file.startsWith(join("cluster", "etcd")) || file === "env";

/** A text as it is, and the part of its base64 form that is the same wherever in a longer text it stands. */
const forms = (text: string): string[] => [text, ...[0, 1, 2].map(offset => base64Core(text, offset))];

/** @param offset how many bytes stand before the text, modulo three. */
function base64Core(text: string, offset: number): string {
  const encoded = Buffer.from(" ".repeat(offset) + text).toString("base64");
  // Characters at either end are made of neighbours as well.
  return encoded.slice(offset === 0 ? 0 : 4, -4);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap(name => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

/** Every object of an API server, whole. */
async function allObjects(kubeconfig: string): Promise<KubernetesObject[]> {
  const api = new KubernetesApi(accessOf(kubeconfig));
  try {
    const inventory = await api.inventory();
    const kinds = new Set([...inventory].map(object => object.replace(/\/[^/]*\/[^/]*$/, "")));
    const lists = [...kinds].map(each => {
      const [kind = "", ...apiVersion] = each.split(".");
      return api.list(apiVersion.join("."), kind);
    });
    return (await Promise.all(lists)).flat();
  } finally {
    await api.close();
  }
}

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: Readonly<Record<string, string>> }];
  readonly users: readonly [{ readonly user: Readonly<Record<string, string>> }];
}

function accessOf(file: string): ClusterAccess {
  const { clusters, users } = parse(readFileSync(file, "utf8")) as Kubeconfig;
  const pem = (base64 = "") => Buffer.from(base64, "base64").toString();
  const [{ cluster }] = clusters;
  const [{ user }] = users;
  return {
    server: cluster.server ?? "",
    certificateAuthority: pem(cluster["certificate-authority-data"]),
    clientCertificate: pem(user["client-certificate-data"]),
    clientKey: pem(user["client-key-data"]),
  };
}
