import assert from "node:assert/strict";
import fc from "fast-check";
import { generatedFrom, podOwner, withoutRandom } from "../../../cli/wait/names";

/** Apimachinery's. */
const ALPHABET = [..."bcdfghjklmnpqrstvwxz2456789"];

const random = (minLength: number, maxLength: number) =>
  fc.array(fc.constantFrom(...ALPHABET), { minLength, maxLength }).map(letters => letters.join(""));

describe("the random parts of names", () => {
  for (const { text, is } of [
    { text: "waits until qwen-v1-decode-6d4cf56db9-x7k2q has ended", is: "waits until qwen-v1-decode* has ended" },
    { text: "node gpu-p5-x7k2q is requested from AWS", is: "node gpu-p5* is requested from AWS" },
    { text: "its node i-0a1b2c3d4e5f60718 is not ready", is: "its node * is not ready" },
    { text: "on node ip-10-0-1-23.us-east-2.compute.internal: full", is: "on node *: full" },
    { text: "Preempted by pod 8f14e45f-ceea-467f-a0e6-d4a1b2c3d4e5", is: "Preempted by pod *" },
    { text: "loads since 4 of at most 13 min", is: "loads since 4 of at most 13 min" },
    { text: "qwen-v1-decode-0: ReservationCapacityExceeded", is: "qwen-v1-decode-0: ReservationCapacityExceeded" },
  ])
    it(`are removed from "${text}"`, () => assert.equal(withoutRandom(text), is));

  it("are the only difference between pods of one owner", () =>
    fc.assert(
      fc.property(random(8, 10), random(5, 5), random(5, 5), (hash, one, other) => {
        const line = (suffix: string) => withoutRandom(`pod a-v1-decode-${hash}-${suffix} waits`);
        assert.equal(line(one), line(other));
        assert.equal(podOwner(`a-v1-decode-${hash}-${one}`), "a-v1-decode");
        assert.equal(generatedFrom(`gpu-p5-${one}`), "gpu-p5");
      }),
    ));

  it("do not hide another owner, nor another number of a group", () => {
    assert.notEqual(withoutRandom("a-v1-decode-x7k2q"), withoutRandom("b-v1-decode-x7k2q"));
    assert.notEqual(withoutRandom("a-v1-decode-0"), withoutRandom("a-v1-decode-1"));
  });
});
