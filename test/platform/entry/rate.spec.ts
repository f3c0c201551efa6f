import assert from "node:assert/strict";
import {
  bodiesMiB,
  largestFitting,
  MOST_BODIES_MIB,
  memoryLimitGiB,
  type Rate,
  requestsPerPod,
  tokenBucket,
} from "../../../platform/entry/rate";

const rate = (requestsPerMinute: number, min: number, maxBodyMiB = 20): Rate => ({
  requestsPerMinute,
  maxBodyMiB,
  replicas: { min },
});

/** Everything from a request a minute to what nobody asks for. */
const RATES = [1, 2, 4, 7, 11, 12, 13, 23, 60, 300, 599, 600, 5000, 999_999].flatMap(requestsPerMinute =>
  [1, 2, 3, 50].map(min => rate(requestsPerMinute, min)),
);

describe("the requests of one client at a pod of the entry", () => {
  for (const { requestsPerMinute, min, share } of [
    { requestsPerMinute: 600, min: 2, share: 300 },
    { requestsPerMinute: 600, min: 1, share: 600 },
    { requestsPerMinute: 7, min: 2, share: 4 },
    { requestsPerMinute: 1, min: 6, share: 1 },
  ])
    it(`are ${share} a minute at each of ${min} for ${requestsPerMinute} in all`, () =>
      assert.equal(requestsPerPod(rate(requestsPerMinute, min)), share));

  for (const { perMinute, tokens, fillSeconds } of [
    { perMinute: 300, tokens: 25, fillSeconds: 5 },
    { perMinute: 23, tokens: 2, fillSeconds: 5.218 },
    { perMinute: 12, tokens: 1, fillSeconds: 5 },
    { perMinute: 7, tokens: 1, fillSeconds: 8.572 },
    { perMinute: 1, tokens: 1, fillSeconds: 60 },
  ])
    it(`are ${tokens} at once, again every ${fillSeconds} s, of ${perMinute} a minute`, () =>
      assert.deepEqual(tokenBucket(perMinute), { tokens, fillSeconds }));

  it("are at least one at once, never more in a minute than allowed, and hardly less", () => {
    for (const each of RATES) {
      const perMinute = requestsPerPod(each);
      const { tokens, fillSeconds } = tokenBucket(perMinute);
      const perMinuteFilled = (tokens / fillSeconds) * 60;
      assert.ok(tokens >= 1 && tokens <= perMinute, `${tokens} of ${perMinute}`);
      assert.ok(perMinuteFilled <= perMinute + 1e-6 && perMinuteFilled > perMinute * 0.999, `${perMinuteFilled}`);
    }
  });
});

describe("the memory of a pod of the entry", () => {
  for (const { what, each, gib } of [
    { what: "the defaults", each: rate(600, 2), gib: 4 },
    { what: "few and small requests", each: rate(90, 4, 7), gib: 2 },
    { what: "the most that is taken", each: rate(256, 2, 100), gib: 8 },
  ])
    it(`is ${gib} GiB with ${what}`, () => assert.equal(memoryLimitGiB(each), gib));

  it("holds half a GiB beside a burst of one client and all that it may send while uploads last", () => {
    for (const each of RATES) {
      const perMinute = requestsPerPod(each);
      const { tokens, fillSeconds } = tokenBucket(perMinute);
      const sent = tokens + Math.ceil((30 / fillSeconds) * tokens);
      assert.ok(bodiesMiB(each) >= sent * each.maxBodyMiB, `${bodiesMiB(each)} for ${sent}`);
      assert.ok(memoryLimitGiB(each) * 1024 - 512 >= bodiesMiB(each));
    }
  });

  it("is enough with the largest value that is named as a way out, and not with one more", () => {
    for (const each of RATES.filter(one => bodiesMiB(one) > MOST_BODIES_MIB)) {
      const { maxBodyMiB, requestsPerMinute } = largestFitting(each);
      assert.ok(bodiesMiB({ ...each, maxBodyMiB }) <= MOST_BODIES_MIB);
      assert.ok(bodiesMiB({ ...each, maxBodyMiB: maxBodyMiB + 1 }) > MOST_BODIES_MIB);
      assert.ok(bodiesMiB({ ...each, requestsPerMinute }) <= MOST_BODIES_MIB);
      assert.ok(bodiesMiB({ ...each, requestsPerMinute: requestsPerMinute + 1 }) > MOST_BODIES_MIB);
    }
  });

  it("ends at 8 GiB", () => {
    assert.equal(MOST_BODIES_MIB, 7680);
    assert.equal(memoryLimitGiB({ ...rate(256, 2), maxBodyMiB: largestFitting(rate(256, 2)).maxBodyMiB }), 8);
  });
});
