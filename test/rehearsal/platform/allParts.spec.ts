import assert from "node:assert/strict";
import type { WireObject } from "../../../rehearsal/doubles/protocol/wire";
import { refused } from "../../../rehearsal/istiod/admission";
import { withoutEffect } from "../../../rehearsal/istiod/envoyFilters";
import type { Istiod } from "../../../rehearsal/istiod/istiod";
import { unresolved } from "../../../rehearsal/istiod/resolution";
import type { KubernetesApi, KubernetesObject } from "../../../rehearsal/kubernetesApi";
import { refusedPods } from "../../../rehearsal/podSecurity";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import type { EngineUnderTest } from "../../support/engine";
import { FEATURES, platform, refresh, runningIstiod } from "../../support/everything";
import { accessLogOf, ENTRY, filterConfig, filterNames, INFERENCE, managerAt, portsOf, told } from "./told";

/** Where the image cache of the stack with everything has its copies. */
const COPIES = "111122223333.dkr.ecr.us-east-2.amazonaws.com/llmd-everything";

const PROCESSOR_FILTER = "envoy.filters.http.ext_proc.payload-processor";

const LEVEL = "pod-security.kubernetes.io/enforce";

describe("a platform with all its parts", () => {
  let engine: EngineUnderTest;
  let api: KubernetesApi;
  let istiod: Istiod;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await platform();
    api = engine.api;
    istiod = await runningIstiod(engine);
  });

  it("is left as it is by a second update", async () => {
    const up = engine.up("platform", "--skip-preview", "--expect-no-changes");
    const { exitCode, output } = await up;
    assert.equal(exitCode, 0, output);
  });

  it("is found as it was left by a refresh", async () => {
    const { exitCode, output } = await refresh(engine, "platform");
    assert.equal(exitCode, 0, output);
  });

  it("is taken by istiod: gateways and routes, Istio's objects, and every patch of a filter has its effect", async () => {
    assert.deepEqual(await unresolved(api), []);
    assert.deepEqual(await refused(istiod, api), []);
    assert.deepEqual(await withoutEffect(istiod, api), []);
  });

  const parts: readonly { readonly part: string; readonly objects: readonly string[] }[] = [
    {
      part: "KEDA",
      objects: [
        "Deployment.apps/v1/keda/keda-operator",
        "Deployment.apps/v1/keda/keda-operator-metrics-apiserver",
        "Deployment.apps/v1/keda/keda-admission-webhooks",
        "CustomResourceDefinition.apiextensions.k8s.io/v1//scaledobjects.keda.sh",
      ],
    },
    {
      part: "LeaderWorkerSet",
      objects: [
        "Deployment.apps/v1/lws-system/lws-controller-manager",
        "CustomResourceDefinition.apiextensions.k8s.io/v1//leaderworkersets.leaderworkerset.x-k8s.io",
      ],
    },
    {
      part: "cert-manager",
      objects: [
        "Deployment.apps/v1/cert-manager/cert-manager",
        "Deployment.apps/v1/cert-manager/cert-manager-webhook",
        "Deployment.apps/v1/cert-manager/cert-manager-cainjector",
        "CustomResourceDefinition.apiextensions.k8s.io/v1//certificates.cert-manager.io",
      ],
    },
    // Its chart is not to be had, so nothing of it is rendered.
    { part: "the GPU Operator", objects: ["Secret.v1/gpu-operator/sh.helm.release.v1.gpu-operator"] },
    {
      part: "the payload processor",
      objects: [
        "Deployment.apps/v1/llm-d/payload-processor",
        "Service.v1/llm-d/payload-processor",
        "DestinationRule.networking.istio.io/v1/llm-d/payload-processor",
        "EnvoyFilter.networking.istio.io/v1alpha3/llm-d-gateway/payload-processor",
      ],
    },
  ];
  it("has the objects of each", async () => {
    const inventory = await api.inventory();
    for (const { part, objects } of parts)
      for (const object of objects) assert.ok(inventory.has(object), `${part} lacks ${object}`);
  });

  it("runs the payload processor by its digest, from the account's copy", async () => {
    const live = await api.call("GET", "/apis/apps/v1/namespaces/llm-d/deployments/payload-processor");
    const { template } = live.spec as { template: { spec: { containers: { image: string }[] } } };
    assert.deepEqual(
      template.spec.containers.map(({ image }) => image),
      [FEATURES.payloadProcessorImage?.replace("ghcr.io/", `${COPIES}/ghcr/`)],
    );
  });

  it("has the payload processor asked before anything else looks at a request, and waits for its word", async () => {
    const config = await told(engine, INFERENCE);
    assert.deepEqual(portsOf(config), [80]);
    const manager = managerAt(config, 80);
    assert.equal(filterNames(manager)[0], PROCESSOR_FILTER);
    const { grpcService, failureModeAllow = false, processingMode } = filterConfig(manager, PROCESSOR_FILTER);
    const clusterName = "outbound|9004||payload-processor.llm-d.svc.cluster.local";
    assert.deepEqual(grpcService, { envoyGrpc: { clusterName } });
    assert.ok(config.clusters.some(({ name }) => name === clusterName));
    assert.equal(failureModeAllow, false);
    assert.equal((processingMode as { requestBodyMode: string }).requestBodyMode, "FULL_DUPLEX_STREAMED");
  });

  it("takes off what a client says of the model a request names, before it looks for a route", async () => {
    const { earlyHeaderMutationExtensions } = managerAt(await told(engine, INFERENCE), 80);
    const mutations = (earlyHeaderMutationExtensions as { typedConfig: WireObject }[]).map(
      ({ typedConfig }) => typedConfig.mutations,
    );
    assert.deepEqual(mutations, [[{ remove: "x-gateway-model-name" }, { remove: "x-gateway-base-model-name" }]]);
  });

  it("writes a line for each request at the inference gateway, too", async () => {
    const manager = managerAt(await told(engine, INFERENCE), 80);
    assert.equal(accessLogOf(manager).path, "%REQ_WITHOUT_QUERY(X-ENVOY-ORIGINAL-PATH?:PATH)%");
  });

  for (const { namespace, gateway } of [ENTRY, INFERENCE])
    it(`lets streams at ${gateway} end for 15 minutes, whether its pods go or its listeners change`, async () => {
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${gateway}-istio`;
      const { spec } = (await api.call("GET", path)) as unknown as { spec: { template: PodTemplate } };
      const { metadata, spec: pod } = spec.template;
      assert.deepEqual(JSON.parse(metadata.annotations["proxy.istio.io/config"] ?? ""), { drainDuration: "900s" });
      assert.equal(pod.terminationGracePeriodSeconds, 900);
      // Where Istio's agent reads it from.
      const [annotations] = pod.volumes.flatMap(({ downwardAPI }) => downwardAPI?.items ?? []).filter(isAnnotations);
      assert.equal(annotations?.path, "annotations");
    });

  it("hears from istiod of a route that leads to no pool", async () => {
    await api.applyPatiently(LOST);
    try {
      assert.deepEqual(await unresolved(api, { settleMs: 500 }), [
        "HTTPRoute llm-d/lost at Gateway llm-d-gateway/llm-d-inference-gateway: ResolvedRefs is False, BackendNotFound: " +
          "backend(lost) not found",
      ]);
    } finally {
      await api.delete(LOST);
    }
  });

  describe("under Pod Security", () => {
    const monitoring = (level: string) =>
      api.call(
        "PATCH",
        "/api/v1/namespaces/llm-d-monitoring",
        { metadata: { labels: { [LEVEL]: level } } },
        "application/merge-patch+json",
      );

    it("has every pod let in", async () => assert.deepEqual(await refusedPods(api), []));

    it("would be told which pods a stricter level keeps out", async () => {
      await monitoring("restricted");
      try {
        const [first, ...others] = await refusedPods(api);
        assert.equal(first?.owner, "DaemonSet llm-d-monitoring/llmd-prometheus-node-exporter");
        assert.match(first?.message ?? "", /violates PodSecurity "restricted:v1\.35": host namespaces/);
        assert.deepEqual(others, []);
      } finally {
        await monitoring("privileged");
      }
    });
  });
});

interface PodTemplate {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec: {
    readonly terminationGracePeriodSeconds: number;
    readonly volumes: readonly { readonly downwardAPI?: { readonly items: readonly DownwardItem[] } }[];
  };
}

interface DownwardItem {
  readonly path: string;
  readonly fieldRef: { readonly fieldPath: string };
}

const isAnnotations = ({ fieldRef }: DownwardItem): boolean => fieldRef.fieldPath === "metadata.annotations";

const LOST: KubernetesObject = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name: "lost", namespace: "llm-d" },
  spec: {
    parentRefs: [{ name: INFERENCE.gateway, namespace: INFERENCE.namespace }],
    rules: [{ backendRefs: [{ group: "inference.networking.k8s.io", kind: "InferencePool", name: "lost" }] }],
  },
};
