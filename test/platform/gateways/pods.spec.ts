import assert from "node:assert/strict";
import { spreadConstraints } from "../../../contracts/placement";
import { gatewayInfrastructure, podParameters } from "../../../platform/gateways/pods";

const RESOURCES = { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "2Gi" } };
const parameters = podParameters({ gateway: "llmd-entry", replicas: { min: 2, max: 6 }, resources: RESOURCES });
const patch = (key: string) => JSON.parse(parameters[key] ?? "null").spec;

describe("a gateway's pods", () => {
  const pod = patch("deployment").template.spec;

  it("are described by keys that Istio accepts, behind a Service inside the cluster", () => {
    const keys = ["deployment", "horizontalPodAutoscaler", "podDisruptionBudget", "service"];
    assert.deepEqual(Object.keys(parameters).sort(), keys);
    assert.deepEqual(patch("service"), { type: "ClusterIP" });
  });

  it("are scaled by CPU between the two numbers", () => {
    const { minReplicas, maxReplicas, metrics } = patch("horizontalPodAutoscaler");
    assert.deepEqual([minReplicas, maxReplicas], [2, 6]);
    assert.deepEqual(metrics, [
      { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } },
    ]);
  });

  it("are evicted one at a time", () => assert.deepEqual(patch("podDisruptionBudget"), { maxUnavailable: 1 }));

  it("are spread over zones and nodes, by the fewest replicas", () => {
    const labels = { "gateway.networking.k8s.io/gateway-name": "llmd-entry" };
    assert.deepEqual(pod.topologySpreadConstraints, spreadConstraints(labels, 2));
    const four = podParameters({ gateway: "llmd-entry", replicas: { min: 4, max: 9 }, resources: RESOURCES });
    const { topologySpreadConstraints } = JSON.parse(four.deployment ?? "").spec.template.spec;
    assert.deepEqual(topologySpreadConstraints, spreadConstraints(labels, 4));
  });

  it("have 15 minutes to end their answers, and stop sooner when they have", () => {
    assert.equal(pod.terminationGracePeriodSeconds, 900);
    assert.deepEqual(pod.containers, [
      {
        name: "istio-proxy",
        resources: RESOURCES,
        env: [
          { name: "EXIT_ON_ZERO_ACTIVE_CONNECTIONS", value: "true" },
          { name: "MINIMUM_DRAIN_DURATION", value: "60s" },
        ],
      },
    ]);
  });

  it("have 15 minutes when their configuration changes, by the annotation that Istio's agent reads", () =>
    assert.deepEqual(gatewayInfrastructure("llmd-entry"), {
      annotations: { "proxy.istio.io/config": '{"drainDuration":"900s"}' },
      parametersRef: { group: "", kind: "ConfigMap", name: "llmd-entry" },
    }));

  it("accept connections for longer behind a load balancer", () => {
    const { deployment } = podParameters({
      gateway: "llmd-entry",
      replicas: { min: 2, max: 6 },
      resources: RESOURCES,
      leastDrainSeconds: 300,
    });
    const [{ env }] = JSON.parse(deployment ?? "").spec.template.spec.containers;
    assert.deepEqual(env[1], { name: "MINIMUM_DRAIN_DURATION", value: "300s" });
  });

  it("have the seccomp profile that Pod Security needs and Istio leaves out", () =>
    assert.deepEqual(pod.securityContext, { seccompProfile: { type: "RuntimeDefault" } }));
});
