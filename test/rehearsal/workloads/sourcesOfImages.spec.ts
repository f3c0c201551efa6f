/** Runs after the specs that need the image cache: it deploys all three layers again without one. */
import assert from "node:assert/strict";
import type { KubernetesApi, KubernetesObject } from "../../../rehearsal/kubernetesApi";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import type { EngineUnderTest } from "../../support/engine";
import { everyObject } from "../../support/everyObject";
import { everything, runningIstiod, workloads } from "../../support/everything";
import { withValues } from "../../support/stackFiles";

const OWN = "111122223333.dkr.ecr.us-east-2.amazonaws.com/llmd-everything/";

/** Where images come from in a cluster without a cache. */
const REGISTRIES = ["docker.io/", "ghcr.io/", "public.ecr.aws/", "quay.io/", "registry.istio.io/", "registry.k8s.io/"];

/** By whom an image is named: kind, namespace, name. */
type Named = readonly [image: string, by: string];

/**
 * Every image that an object names: wherever a field is called `image`, and in arguments such as
 * `--prometheus-config-reloader=…` of an operator that makes pods of its own.
 */
function imagesIn({ kind, metadata, ...rest }: KubernetesObject): Named[] {
  if (NAMES_NONE.includes(kind)) return [];
  const by = `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
  return stringsIn(rest)
    .flatMap(([key, text]) => (key === "image" ? [text] : (IMAGE_ARGUMENT.exec(text)?.slice(1) ?? [])))
    .map(image => [image, by]);
}

/** Schemas describe images; what controllers make of pod templates names theirs again, and nobody replaces it here. */
const NAMES_NONE: readonly string[] = [
  "CustomResourceDefinition",
  "Secret",
  "Event",
  "Pod",
  "ReplicaSet",
  "ControllerRevision",
];

/** Of a container: a host, a path, a tag where there is one. */
const IMAGE_ARGUMENT = /^--[\w-]+=([\w-]+(?:\.[\w-]+)+(?::\d+)?\/[a-z0-9._/-]+(?::v?[\w.-]+)?(?:@sha256:[0-9a-f]+)?)$/;

function stringsIn(value: unknown, key = ""): (readonly [key: string, text: string])[] {
  if (typeof value === "string") return [[key, value]];
  if (Array.isArray(value)) return value.flatMap(child => stringsIn(child));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => stringsIn(child, name));
}

/** Whose images have to be among those that are found, or the search is at fault. */
const OWNERS = [
  "Alertmanager llm-d-monitoring/llmd-kube-prometheus-stack-alertmanager",
  "DaemonSet llm-d-monitoring/llmd-prometheus-node-exporter",
  "Deployment cert-manager/cert-manager",
  "Deployment cert-manager/cert-manager-cainjector",
  "Deployment cert-manager/cert-manager-webhook",
  "Deployment istio-system/istiod",
  "Deployment keda/keda-admission-webhooks",
  "Deployment keda/keda-operator",
  "Deployment keda/keda-operator-metrics-apiserver",
  "Deployment llm-d-gateway/llm-d-inference-gateway-istio",
  "Deployment llm-d-monitoring/llmd-grafana",
  "Deployment llm-d-monitoring/llmd-kube-prometheus-stack-operator",
  "Deployment llm-d-monitoring/llmd-kube-state-metrics",
  "Deployment llm-d/payload-processor",
  "Deployment llm-d/qwen3-32b-v1-decode",
  "Deployment lws-system/lws-controller-manager",
  "LeaderWorkerSet llm-d/qwen3-235b-v1-prefill",
  "Prometheus llm-d-monitoring/llmd-kube-prometheus-stack-prometheus",
];

describe("the images of platform and models", () => {
  let engine: EngineUnderTest;
  let api: KubernetesApi;

  const named = async (): Promise<Named[]> => {
    await runningIstiod(engine);
    return (await everyObject(api)).flatMap(imagesIn);
  };
  const without = (images: readonly Named[], begins: readonly string[]) =>
    images.filter(([image]) => !begins.some(begin => image.startsWith(begin)));

  describe("with an image cache", () => {
    let images: readonly Named[];

    before(async function () {
      this.timeout(TOOLCHAIN_TIMEOUT_MS);
      engine = await workloads();
      api = engine.api;
      images = await named();
    });

    // dcgm-exporter and the GPU Operator come from nvcr.io, which ECR cannot cache; their charts are not rendered here.
    it("all come from the account's own registry", () => assert.deepEqual(without(images, [OWN]), []));

    it("are those of every part, and of what operators make", () => {
      const owners = new Set(images.map(([, by]) => by));
      assert.deepEqual(
        OWNERS.filter(owner => !owners.has(owner)),
        [],
      );
      const operator = images.filter(([, by]) => by.endsWith("/llmd-kube-prometheus-stack-operator"));
      assert.ok(
        operator.some(([image]) => image.startsWith(`${OWN}quay/prometheus-operator/prometheus-config-reloader:`)),
      );
      const certificates = images.filter(([, by]) => by === "Deployment cert-manager/cert-manager");
      assert.ok(certificates.some(([image]) => image.startsWith(`${OWN}quay/jetstack/cert-manager-acmesolver:`)));
    });
  });

  describe("without one", () => {
    const OFF = withValues([["llmd-infra:imageCache"], undefined]);
    const infra = () => engine.up("infra", "--skip-preview");

    before(async function () {
      this.timeout(TOOLCHAIN_TIMEOUT_MS);
      engine = await everything();
      api = engine.api;
      const { exitCode, output } = await engine.withConfig(OFF, infra);
      assert.equal(exitCode, 0, output);
      await workloads(undefined, OFF);
    });

    after(async function () {
      this.timeout(TOOLCHAIN_TIMEOUT_MS);
      const { exitCode, output } = await infra();
      assert.equal(exitCode, 0, output);
    });

    it("all come from where they are published", async () => {
      assert.deepEqual(without(await named(), REGISTRIES), []);
    });
  });
});
