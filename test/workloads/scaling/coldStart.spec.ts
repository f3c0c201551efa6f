import assert from "node:assert/strict";
import { coldStartContract } from "../../../workloads/scaling/coldStart";
import { decode, prefill, qwen, START, servers, WOKEN, WORKDAYS } from "./plans";

const REFUSED = (seconds: number) =>
  `While no server answers, a request waits ${seconds} seconds and is then refused with 503 and the header ` +
  `"x-llm-d-request-dropped-reason: rejected-no-endpoints".`;
const WAKES = "Requests start servers, which answer after about 14 minutes: wait, or ask again until then.";
const DOWN = `From "0 19 * * 1-5" to "0 7 * * 1-5" (Europe/Berlin)`;

describe("what clients have to know of times without servers", () => {
  it("is nothing where some always run", () => {
    assert.equal(coldStartContract(qwen()), undefined);
    assert.equal(coldStartContract(qwen({ schedule: { ...WORKDAYS, replicas: 1 } })), undefined);
  });

  it("is that requests start servers where the range begins with 0", () =>
    assert.deepEqual(coldStartContract(qwen({ roles: [servers(0, 4)] })), {
      wakes: "always",
      holdSeconds: 900,
      readyAfterMinutes: 14,
      text: `${REFUSED(900)} ${WAKES}`,
    }));

  it("is the same where they may break the schedule", () =>
    assert.deepEqual(coldStartContract(qwen({ schedule: WOKEN })), {
      wakes: "always",
      holdSeconds: 900,
      readyAfterMinutes: 14,
      text: `${REFUSED(900)} ${WAKES}`,
    }));

  it("is when servers come where requests start none", () =>
    assert.deepEqual(coldStartContract(qwen({ schedule: WORKDAYS })), {
      wakes: "never",
      holdSeconds: 60,
      readyAfterMinutes: 14,
      text: `${REFUSED(60)} ${DOWN} requests start none; servers answer about 14 minutes after "0 7 * * 1-5".`,
    }));

  it("is both where the range begins with 0 and the schedule is kept", () => {
    const contract = coldStartContract(qwen({ roles: [servers(0, 4)], schedule: WORKDAYS }));
    assert.equal(contract?.wakes, "whileUp");
    assert.equal(contract?.text, `${REFUSED(900)} ${WAKES} ${DOWN} they start none.`);
  });

  it("counts the slower of two roles, for a request needs both", () => {
    const slow = { ...prefill, start: { ...START, engineSeconds: 880 } };
    const contract = coldStartContract(qwen({ path: "prefillDecode", roles: [decode, slow], schedule: WORKDAYS }));
    assert.equal(contract?.readyAfterMinutes, 24);
  });

  it("owns up to what nobody knows", () => {
    const contract = coldStartContract(qwen({ roles: [{ ...decode, start: undefined }], schedule: WORKDAYS }));
    assert.equal(contract?.readyAfterMinutes, undefined);
    assert.match(contract?.text ?? "", /servers answer a time that is not known after "0 7 \* \* 1-5"\.$/);
  });
});
