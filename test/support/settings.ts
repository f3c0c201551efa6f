/** What the specs of the layers' configuration have in common. */
import assert from "node:assert/strict";
import { mock } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { REHEARSAL_VARIABLE } from "../../contracts/environment";
import { ConfigError } from "../../contracts/settings";

import log = require("@pulumi/pulumi/log");

/** The configuration that the program under test finds. */
export const configure = (config: Readonly<Record<string, string>>): void => pulumi.runtime.setAllConfig({ ...config });

/** What `read` refuses; empty where it takes the configuration. */
export function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

/** What `read` warns of. */
export function warningsOf(read: () => unknown): readonly string[] {
  const warn = mock.method(log, "warn", () => Promise.resolve());
  try {
    read();
    return warn.mock.calls.map(call => String(call.arguments[0]));
  } finally {
    warn.mock.restore();
  }
}

/** What `run` warns of, and what it only mentions. */
export async function loggedBy(run: () => Promise<unknown>): Promise<{ warnings: string[]; notices: string[] }> {
  const warn = mock.method(log, "warn", () => Promise.resolve());
  const info = mock.method(log, "info", () => Promise.resolve());
  try {
    await run();
    const [warnings = [], notices = []] = [warn, info].map(told =>
      told.mock.calls.map(call => String(call.arguments[0])),
    );
    return { warnings, notices };
  } finally {
    warn.mock.restore();
    info.mock.restore();
  }
}

/** Whether the engine previews, for a suite; a real update afterwards, as without any setting. */
export function withPreview(preview: boolean): void {
  const setPreview = (value: boolean) =>
    pulumi.runtime.setMocks(
      {
        newResource: ({ type }) => assert.fail(`settings make no ${type}`),
        call: ({ token }) => assert.fail(`settings call no ${token}`),
      },
      "llmd-infra",
      "dev",
      value,
    );
  before(() => setPreview(preview));
  after(() => setPreview(false));
}

/** For a suite whose configuration may hold placeholders: as in a rehearsal, and put back afterwards. */
export const rehearsed = (): void => withRehearsal("true");

/** Sets the rehearsal's variable for a suite, or takes it away, and puts it back afterwards. */
export function withRehearsal(value: string | undefined): void {
  let previous: string | undefined;
  before(() => {
    previous = process.env[REHEARSAL_VARIABLE];
    setRehearsal(value);
  });
  after(() => setRehearsal(previous));
}

function setRehearsal(value: string | undefined): void {
  if (value === undefined) delete process.env[REHEARSAL_VARIABLE];
  else process.env[REHEARSAL_VARIABLE] = value;
}
