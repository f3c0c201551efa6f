/** The projects of a rehearsal in the order they are deployed. */
import { join } from "node:path";
import type { Project } from "./engine/pulumi";

export const ROLL_UP = "roll-up";

export const projects = (root: string): Project[] => [
  ...["infra", "platform", "workloads"].map(name => ({ name, project: `llmd-${name}`, folder: join(root, name) })),
  { name: ROLL_UP, project: "llmd", folder: root },
];
