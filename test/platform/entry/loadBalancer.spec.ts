import assert from "node:assert/strict";
import { hostnameIn, loadBalancerAnnotations } from "../../../platform/entry/loadBalancer";
import { entryPlan } from "../../../platform/entry/plan";
import type { OpenEntry } from "../../../platform/settings/entry";
import { AT_GATEWAY, AT_LOAD_BALANCER, CERTIFICATE_ARN, entryWith, IN_CLEAR } from "./support";

const PREFIX = "service.beta.kubernetes.io/aws-load-balancer-";

/** Without what all of them begin with. */
const annotationsOf = (settings: OpenEntry) =>
  Object.fromEntries(
    Object.entries(loadBalancerAnnotations(settings, entryPlan(settings), { owner: "ml", stack: "llmd-dev" })).map(
      ([key, value]) => {
        assert.ok(key.startsWith(PREFIX), key);
        return [key.slice(PREFIX.length), value];
      },
    ),
  );

const COMMON = {
  "nlb-target-type": "ip",
  attributes: "load_balancing.cross_zone.enabled=true",
  "target-group-attributes": "preserve_client_ip.enabled=true,deregistration_delay.timeout_seconds=900",
  "healthcheck-protocol": "http",
  "healthcheck-port": "15021",
  "healthcheck-path": "/healthz/ready",
  "additional-resource-tags": "owner=ml,stack=llmd-dev",
};

describe("the entry's load balancer", () => {
  it("is internal and waits a minute longer for a paused answer than the gateway does", () =>
    assert.deepEqual(annotationsOf(IN_CLEAR), {
      ...COMMON,
      scheme: "internal",
      "listener-attributes.TCP-80": "tcp.idle_timeout.seconds=660",
    }));

  it("ends TLS with the certificate, on 443 only, and is told nothing of pauses, which AWS would refuse", () =>
    assert.deepEqual(annotationsOf(AT_LOAD_BALANCER), {
      ...COMMON,
      scheme: "internet-facing",
      "ssl-cert": CERTIFICATE_ARN,
      "ssl-ports": "443",
      "ssl-negotiation-policy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
    }));

  it("hands 443 on as it is to a gateway that ends TLS", () =>
    assert.deepEqual(annotationsOf(AT_GATEWAY), {
      ...COMMON,
      scheme: "internet-facing",
      "listener-attributes.TCP-443": "tcp.idle_timeout.seconds=660",
    }));

  for (const { minutes, seconds } of [
    { minutes: 1, seconds: 350 },
    { minutes: 4, seconds: 350 },
    { minutes: 5, seconds: 360 },
    { minutes: 60, seconds: 3660 },
  ])
    it(`keeps a connection for ${seconds} s where an answer may pause for ${minutes} minutes`, () =>
      assert.equal(
        annotationsOf(entryWith({ streamIdleMinutes: minutes }))["listener-attributes.TCP-80"],
        `tcp.idle_timeout.seconds=${seconds}`,
      ));

  const ingress = (entry: object) => ({ conditions: [], loadBalancer: { ingress: [entry as never] } });

  it("is called by the name that AWS gave it", () =>
    assert.equal(
      hostnameIn(ingress({ hostname: "nlb.elb.us-east-2.amazonaws.com" })),
      "nlb.elb.us-east-2.amazonaws.com",
    ));

  for (const status of [undefined, { conditions: [], loadBalancer: { ingress: [] } }, ingress({ ip: "10.0.0.1" })])
    it(`says where to look when it has no name: ${JSON.stringify(status)}`, () =>
      assert.throws(() => hostnameIn(status), {
        message:
          'the Service llmd-entry has no load balancer: "kubectl describe service llmd-entry -n llm-d-entry" says why',
      }));
});
