/** What the specs of the layers' configuration have in common. */
import * as pulumi from "@pulumi/pulumi";
import { REHEARSAL_VARIABLE } from "../../contracts/placeholders";
import { ConfigError } from "../../contracts/settings";

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
