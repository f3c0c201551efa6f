import assert from "node:assert/strict";
import fc from "fast-check";
import type { PickerConfig } from "../../../workloads/picker/config";
import { maxConcurrency, requestWaitSeconds } from "../../../workloads/picker/flowControl";
import { modelConfig } from "../../../workloads/picker/modelConfig";
import type { RevisionPlan, RolePlan } from "../../../workloads/plan";
import { planned } from "../../support/plans";
import { DECODE, PLAN } from "../fixtures";
import { WOKEN, WORKDAYS } from "../scaling/plans";

const config = (fields: Partial<RevisionPlan>): PickerConfig => modelConfig(planned({ ...PLAN, ...fields }));

describe("requests that no server can take now", () => {
  const pods = (role: RolePlan["role"], servers: number, podsPerServer = 1): RolePlan => ({
    ...DECODE,
    role,
    replicas: { min: servers, max: servers },
    podsPerServer,
  });
  const podsOf = ({ replicas, podsPerServer }: RolePlan): number => replicas.max * podsPerServer;
  const sizes = fc.tuple(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 16 }));

  it("wait in the picker in one band for all, as upstream has it by default", () =>
    assert.deepEqual(config({}).flowControl, { defaultRequestTTL: "60s" }));

  it("wait in a band for each priority, the highest first, and in one for requests without", () => {
    const policies = {
      fairnessPolicyRef: "round-robin-fairness-policy",
      orderingPolicyRef: "fcfs-ordering-policy",
    };
    const { flowControl, plugins } = config({ priorities: { batch: -10, premium: 100, also: 100 } });
    assert.deepEqual(flowControl, {
      defaultRequestTTL: "60s",
      maxBytes: "10Gi",
      maxRequests: "1k",
      priorityBands: [
        { priority: 100, maxRequests: "500", ...policies },
        { priority: 0, maxRequests: "200", ...policies },
        { priority: -10, maxRequests: "50", ...policies },
      ],
    });
    assert.deepEqual(plugins.slice(-2), [{ type: "round-robin-fairness-policy" }, { type: "fcfs-ordering-policy" }]);
  });

  for (const path of ["prefillDecode", "wideExpert"] as const)
    it(`are counted, not looked for in queues, where a request would count twice: ${path}`, () => {
      const { flowControl, plugins } = config({ path, roles: [pods("decode", 2), pods("prefill", 8)] });
      assert.deepEqual(flowControl, {
        defaultRequestTTL: "60s",
        saturationDetector: { pluginRef: "concurrency-detector" },
      });
      assert.deepEqual(plugins.at(-1), {
        type: "concurrency-detector",
        parameters: { maxConcurrency: 26, concurrencyMode: "requests", headroom: 0 },
      });
    });

  const shares: readonly { decode: RolePlan; prefill: RolePlan; requests: number }[] = [
    { decode: pods("decode", 1), prefill: pods("prefill", 1), requests: 66 },
    { decode: pods("decode", 2), prefill: pods("prefill", 1), requests: 88 },
    { decode: pods("decode", 1, 4), prefill: pods("prefill", 2, 2), requests: 66 },
    { decode: pods("decode", 1), prefill: pods("prefill", 200), requests: 1 },
  ];
  for (const { decode, prefill, requests } of shares)
    it(`are ${requests} for each endpoint of ${podsOf(decode)} decode and ${podsOf(prefill)} prefill pods`, () =>
      assert.equal(maxConcurrency([decode, prefill]), requests));

  it("are 132 in flight for each decode endpoint, whatever stands beside it, save for what rounding leaves", () =>
    fc.assert(
      fc.property(sizes, sizes, (decoding, prefilling) => {
        const roles = { decode: pods("decode", ...decoding), prefill: pods("prefill", ...prefilling) };
        const decode = podsOf(roles.decode);
        const all = decode + podsOf(roles.prefill);
        const allowed = maxConcurrency([roles.prefill, roles.decode]) * all;
        // Never a decode server more than full, unless there is not even one request for each endpoint.
        assert.ok(allowed <= Math.max(132 * decode, all), `${allowed} of ${132 * decode}`);
        assert.ok(allowed > 132 * decode - all, `${allowed} of ${132 * decode}`);
      }),
    ));

  it("never become fewer when a decode server is added, nor more when a prefill server is", () =>
    fc.assert(
      fc.property(sizes, sizes, ([decode, podsPerServer], [prefill, podsOfPrefill]) => {
        const at = (more: { decode?: number; prefill?: number }) =>
          maxConcurrency([
            pods("decode", decode + (more.decode ?? 0), podsPerServer),
            pods("prefill", prefill + (more.prefill ?? 0), podsOfPrefill),
          ]);
        assert.ok(at({ decode: 1 }) >= at({}) && at({ prefill: 1 }) <= at({}));
      }),
    ));

  const none = { ...DECODE, replicas: { min: 0, max: 4 } };
  const waits: readonly { what: string; fields: Pick<RevisionPlan, "roles" | "schedule">; seconds: number }[] = [
    { what: "a minute while servers are busy", fields: { roles: [DECODE], schedule: undefined }, seconds: 60 },
    {
      what: "a quarter of an hour for servers that a request starts",
      fields: { roles: [none], schedule: undefined },
      seconds: 900,
    },
    {
      what: "as long where only the schedule's night is without servers",
      fields: { roles: [DECODE], schedule: WOKEN },
      seconds: 900,
    },
    {
      what: "a minute where nothing but the clock starts servers",
      fields: { roles: [DECODE], schedule: WORKDAYS },
      seconds: 60,
    },
    {
      what: "a quarter of an hour where requests start servers while the schedule has the model up",
      fields: { roles: [none], schedule: WORKDAYS },
      seconds: 900,
    },
    {
      what: "a minute where some servers always run",
      fields: { roles: [DECODE], schedule: { ...WOKEN, replicas: 1 } },
      seconds: 60,
    },
    {
      what: "a quarter of an hour where one of two roles may be without servers",
      fields: { roles: [DECODE, { ...none, role: "prefill" }], schedule: undefined },
      seconds: 900,
    },
  ];
  for (const { what, fields, seconds } of waits)
    it(`wait ${what}`, () => {
      assert.equal(requestWaitSeconds(fields), seconds);
      assert.equal(config(fields).flowControl?.defaultRequestTTL, `${seconds}s`);
    });

  it("never wait for longer than Istio waits for the picker", () =>
    assert.ok(requestWaitSeconds({ roles: [none], schedule: undefined }) < 1000));
});
