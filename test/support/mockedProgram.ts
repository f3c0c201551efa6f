/** Runs a part of a program against Pulumi's mocks and tells what it registers. */
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** `type::name` of the parent; "" at the top. */
  readonly parent: string;
  /** `type::name` of everything that has to be there first. */
  readonly dependencies: readonly string[];
}

/** The id that the mocks give a resource. */
export const idOf = (name: string): string => `id of ${name}`;

export const arnOf = (name: string): string => `arn of ${name}`;

/** Everything that `build` registers, by name. A provider function that it calls fails it. */
export async function registeredBy(build: () => void): Promise<Registered[]> {
  const registered: Registered[] = [];
  await pulumi.runtime.setMocks(mocks(registered));
  recordRequests(registered);
  build();
  // Waits for every registration, those that are made late included.
  await pulumi.runtime.disconnect();
  return registered.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const mocks = (registered: readonly Registered[]): pulumi.runtime.Mocks => ({
  newResource: ({ type, name, inputs }) => {
    const known = registered.find(resource => resource.type === type && resource.name === name);
    assert.ok(known, `${type} ${name} was not recorded`);
    Object.assign(known.inputs, inputs);
    return { id: idOf(name), state: { name, arn: arnOf(name), ...inputs } };
  },
  call: ({ token }) => {
    throw new Error(`the program calls ${token}, which no spec expects`);
  },
});

/** Parents and dependencies are in the requests only: the mocks do not see them. */
function recordRequests(registered: Registered[]): void {
  const monitor: unknown = pulumi.runtime.getMonitor();
  assert.ok(monitor instanceof MockMonitor);
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request: RegisterResourceRequest, callback: Parameters<typeof register>[1]) => {
    registered.push({
      type: request.getType(),
      name: request.getName(),
      inputs: {},
      parent: typeAndName(request.getParent()),
      dependencies: request.getDependenciesList().map(typeAndName).sort(),
    });
    return register(request, callback);
  };
}

/** Of `urn:pulumi:stack::project::parent$type::name`. */
function typeAndName(urn: string): string {
  if (urn === "") return "";
  const [, , types = "", ...name] = urn.split("::");
  return `${types.split("$").at(-1)}::${name.join("::")}`;
}
