import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  modelsLevel,
  NAMESPACES,
  type NamespaceKey,
  Namespaces,
  type NamespacesArgs,
  POD_SECURITY_LEVELS,
  type PodSecurityLevel,
} from "../../platform/namespaces";
import { ofType, only, type Registered, registeredBy, settled } from "../support/mockedProgram";

const NAMESPACE = "kubernetes:core/v1:Namespace";
const ALL = Object.keys(NAMESPACES) as NamespaceKey[];

interface Made {
  readonly registered: Registered[];
  readonly component: Namespaces;
}

async function made(args: Partial<NamespacesArgs> & Pick<NamespacesArgs, "only">): Promise<Made> {
  let component: Namespaces | undefined;
  const registered = await registeredBy(() => {
    const kubernetes = new k8s.Provider("cluster", { kubeconfig: "{}" });
    component = new Namespaces("namespaces", { kubernetes, protect: false, ...args });
  });
  assert.ok(component);
  return { registered, component };
}

const metadataOf = (registered: readonly Registered[], name: string) =>
  only(registered, NAMESPACE, name).inputs.metadata as { name: string; labels: Record<string, string> };

describe("the namespaces", () => {
  it("are those of the given keys, under their component", async () => {
    const { registered, component } = await made({ only: ["models", "gateway"] });
    const namespaces = ofType(registered, NAMESPACE);
    assert.deepEqual(
      namespaces.map(({ name, parent }) => ({ name, parent })),
      ["llm-d", "llm-d-gateway"].map(name => ({ name, parent: "llmd:platform:Namespaces::namespaces" })),
    );
    assert.deepEqual(component.keys, ["models", "gateway"]);
    assert.equal(await settled(component.name("gateway")), "llm-d-gateway");
  });

  it("hand over no name of a namespace that was not made", async () => {
    const { component } = await made({ only: ["models"] });
    assert.throws(() => component.name("keda"), {
      message: 'namespace "keda" is used but not made: add it to neededNamespaces',
    });
  });

  const levels: readonly (readonly [key: NamespaceKey, level: PodSecurityLevel])[] = [
    ["istio", "restricted"],
    ["gateway", "restricted"],
    ["entry", "restricted"],
    ["models", "baseline"],
    ["monitoring", "privileged"],
    ["keda", "restricted"],
    ["leaderWorkerSet", "restricted"],
    ["certManager", "restricted"],
    ["gpuOperator", "privileged"],
  ];
  it("have a level each", () => assert.deepEqual(Object.fromEntries(levels), POD_SECURITY_LEVELS));

  for (const [key, level] of levels)
    it(`enforce the level "${level}" of one Kubernetes version in ${NAMESPACES[key]}`, async () => {
      const { registered } = await made({ only: ALL });
      assert.deepEqual(metadataOf(registered, NAMESPACES[key]), {
        name: NAMESPACES[key],
        labels: {
          "app.kubernetes.io/part-of": "llmd",
          "pod-security.kubernetes.io/enforce": level,
          "pod-security.kubernetes.io/enforce-version": "v1.35",
          "pod-security.kubernetes.io/warn": level,
          "pod-security.kubernetes.io/warn-version": "v1.35",
          "pod-security.kubernetes.io/audit": level,
          "pod-security.kubernetes.io/audit-version": "v1.35",
          ...(key === "entry" && { "eks.amazonaws.com/pod-readiness-gate-inject": "enabled" }),
        },
      });
    });

  it("are protected where they hold data", async () => {
    const protectedOf = async (protect: boolean) => {
      const { registered } = await made({ only: ALL, protect });
      return ofType(registered, NAMESPACE)
        .filter(namespace => namespace.protect)
        .map(({ name }) => name);
    };
    assert.deepEqual(await protectedOf(true), ["llm-d", "llm-d-entry", "llm-d-monitoring"]);
    assert.deepEqual(await protectedOf(false), []);
  });

  it("warn at the table's level where another level is enforced", async () => {
    const { registered } = await made({ only: ["models"], levels: { models: pulumi.output("privileged" as const) } });
    const { labels } = metadataOf(registered, "llm-d");
    assert.equal(labels["pod-security.kubernetes.io/enforce"], "privileged");
    assert.equal(labels["pod-security.kubernetes.io/warn"], "baseline");
    assert.equal(labels["pod-security.kubernetes.io/audit"], "baseline");
  });
});

describe("the level of the models' namespace", () => {
  it("is baseline where no pool has EFA", () => {
    assert.equal(modelsLevel([]), "baseline");
    assert.equal(modelsLevel([{ efaPerNode: 0 }, { efaPerNode: 0 }]), "baseline");
  });

  it("is privileged where a pool has EFA", () =>
    assert.equal(modelsLevel([{ efaPerNode: 0 }, { efaPerNode: 32 }]), "privileged"));
});
