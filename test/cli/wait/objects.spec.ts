import assert from "node:assert/strict";
import fc from "fast-check";
import { type ClusterEvent, readAll } from "../../../cli/wait/objects";
import { itemsOf } from "../recorded/answers";
import { NAMESPACE } from "../recorded/scene";
import { delivered } from "./fixtures";

describe("the reader", () => {
  const [event = assert.fail("no event recorded")] = itemsOf(`/api/v1/namespaces/${NAMESPACE}/events`);
  const read = (changes: object): ClusterEvent | undefined => delivered("event", [{ ...event, ...changes }])[0];
  const none = { ...{ eventTime: null, firstTimestamp: null, lastTimestamp: null, series: null, count: null } };

  const TEN = "2026-11-20T10:00:00";
  const cases = [
    {
      what: "the newest of a series",
      of: { eventTime: `${TEN}.000001Z`, series: { count: 7, lastObservedTime: "2026-11-20T10:05:00.5Z" } },
      ...{ at: "2026-11-20T10:05:00.500Z", count: 7 },
    },
    { what: "an eventTime alone", of: { eventTime: `${TEN}.123456Z` }, at: `${TEN}.123Z`, count: 1 },
    {
      what: "timestamps of whole seconds",
      of: { firstTimestamp: `${TEN}Z`, lastTimestamp: "2026-11-20T10:04:00Z", count: 3 },
      ...{ at: "2026-11-20T10:04:00.000Z", count: 3 },
    },
    { what: "an offset", of: { eventTime: "2026-11-20T12:00:00.000000+02:00" }, at: `${TEN}.000Z`, count: 1 },
    {
      what: "another of its times where one cannot be parsed",
      of: { eventTime: "yesterday", lastTimestamp: `${TEN}Z` },
      ...{ at: `${TEN}.000Z`, count: 1 },
    },
    {
      what: "its creation where nobody gave it a time",
      of: { metadata: { creationTimestamp: `${TEN}Z` } },
      ...{ at: `${TEN}.000Z`, count: 1 },
    },
  ];
  for (const { what, of, at, count } of cases)
    it(`takes an event by ${what}`, () => {
      const found = read({ ...none, ...of });
      assert.deepEqual([found?.at.toISOString(), found?.count], [at, count]);
    });

  it("takes null for a field that is not set, at any depth", () => {
    const nulls = {
      metadata: { name: "a", labels: null, deletionTimestamp: null },
      spec: { nodeName: null, tolerations: null },
    };
    const [pod] = readAll("pod", [{ ...nulls, status: null }]);
    assert.deepEqual(
      [pod?.metadata.labels, pod?.metadata.deletionTimestamp, pod?.spec.nodeName, pod?.status.phase],
      [{}, undefined, undefined, ""],
    );
  });

  it("names the first invalid field", () => {
    const status = { conditions: [{ type: "Ready", status: "True", lastTransitionTime: "soon" }] };
    assert.throws(() => readAll("nodeClaim", [{ metadata: { name: "a" } }, { metadata: { name: "b" }, status }]), {
      message: "the cluster's nodeClaim has an invalid field 1.status.conditions.0.lastTransitionTime: Invalid input",
    });
  });

  it("reads each time that is written in RFC 3339, whatever its precision", () =>
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }),
        fc.nat(999),
        (at, micros) => {
          const text = at.toISOString().replace("Z", `${String(micros).padStart(3, "0")}Z`);
          assert.equal(read({ ...none, eventTime: text })?.at.getTime(), at.getTime());
        },
      ),
    ));
});
