import assert from "node:assert/strict";
import { idleSeconds, SENT_HOME_SECONDS, slowestMinutes } from "../../catalog/coldStart";

/** 14 minutes. */
const start = { nodeSeconds: 420, imageSeconds: 120, weightsSeconds: 20, engineSeconds: 280 };
const slow = { ...start, weightsSeconds: 620 };
const startupBudget = { periodSeconds: 30, failureThreshold: 30 };

describe("minutes until the slowest server answers", () => {
  it("are those of the only one", () => assert.equal(slowestMinutes([{ start }]), 14));

  it("are those of the slower one", () => assert.equal(slowestMinutes([{ start }, { start: slow }]), 24));

  it("are not known where one is not", () =>
    assert.equal(slowestMinutes([{ start }, { start: undefined }]), undefined));
});

describe("seconds without a request", () => {
  it("are upstream's 300 more than the slowest server takes to start", () => {
    assert.equal(idleSeconds([{ start, startupBudget }]), 300 + 14 * 60);
    assert.equal(
      idleSeconds([
        { start, startupBudget },
        { start: slow, startupBudget },
      ]),
      300 + 24 * 60,
    );
  });

  it("cover the whole startup probe, a node and the image where nothing else is known", () =>
    assert.equal(idleSeconds([{ start: undefined, startupBudget }]), 300 + 900 + 600));

  it("are upstream's 300 where a schedule sends servers home", () => assert.equal(SENT_HOME_SECONDS, 300));
});
