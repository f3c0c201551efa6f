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
  /** Whether a provider makes it; false of components. */
  readonly isCustom: boolean;
  /** `type::name` of the provider that makes it; "" for the default one, and of components. */
  readonly provider: string;
  /** `type::name` of the providers that a component of another program is given. */
  readonly providers: readonly string[];
  /** `type::name` of everything that has to be there first. */
  readonly dependencies: readonly string[];
  readonly protect: boolean;
  /** How long a deletion may take; "" for as long as the provider waits by itself. */
  readonly deleteTimeout: string;
}

/** The id that the mocks give a resource. */
export const idOf = (name: string): string => `id of ${name}`;

export const arnOf = (name: string): string => `arn of ${name}`;

/** What a resource has beside its inputs, by `type::name`. */
export type States = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What provider functions answer, by token. */
export type Answers = Readonly<Record<string, (inputs: Readonly<Record<string, unknown>>) => object>>;

export interface RunOptions {
  /** @default {} - a provider function that is not among them fails the program */
  readonly answers?: Answers;
  /** @default dev */
  readonly stack?: string;
}

/** Everything that `build` registers, by name; what it only reads is left out. */
export async function registeredBy(
  build: () => unknown,
  states: States = {},
  { answers = {}, stack = "dev" }: RunOptions = {},
): Promise<Registered[]> {
  const registered: Registered[] = [];
  await pulumi.runtime.setMocks(mocks(registered, states, answers), "llmd", stack, false, "organization");
  recordRequests(registered);
  await build();
  // Waits for every registration, those that are made late included.
  await pulumi.runtime.disconnect();
  return registered.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const mocks = (registered: readonly Registered[], states: States, answers: Answers): pulumi.runtime.Mocks => ({
  newResource: ({ type, name, inputs, id: read }) => {
    const state = { name, arn: arnOf(name), ...inputs, ...states[`${type}::${name}`] };
    if (read) return { id: read, state };
    const known = registered.find(resource => resource.type === type && resource.name === name);
    assert.ok(known, `${type} ${name} was not recorded`);
    Object.assign(known.inputs, inputs);
    return { id: idOf(name), state };
  },
  call: ({ token, inputs, provider }) => {
    assert.ok(provider, `the program calls ${token} with the default provider, which stack files switch off`);
    const answer = answers[token];
    if (!answer) throw refusal(`the program calls ${token}, which no spec expects`);
    return answer(inputs);
  },
});

/** What a provider function fails with; a program sees the details only. */
export const refusal = (message: string): Error => Object.assign(new Error(message), { details: message });

/** Parents and dependencies are in the requests only: the mocks do not see them. */
function recordRequests(registered: Registered[]): void {
  const monitor: unknown = pulumi.runtime.getMonitor();
  assert.ok(monitor instanceof MockMonitor);
  // The SDK's mocks say that they support hooks, and lack the method.
  Object.assign(monitor, {
    registerResourceHook: (_request: unknown, done: (error: null, answer: object) => void) => done(null, {}),
  });
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request: RegisterResourceRequest, callback: Parameters<typeof register>[1]) => {
    registered.push({
      type: request.getType(),
      name: request.getName(),
      inputs: {},
      parent: typeAndName(request.getParent()),
      isCustom: request.getCustom(),
      provider: providerIn(request.getProvider()),
      providers: request
        .getProvidersMap()
        .getEntryList()
        .map(([, reference]) => providerIn(reference)),
      dependencies: request.getDependenciesList().map(typeAndName).sort(),
      protect: request.getProtect() ?? false,
      deleteTimeout: request.getCustomtimeouts()?.getDelete() ?? "",
    });
    return register(request, callback);
  };
}

/** Of a reference `<urn>::<id>`. */
const providerIn = (reference: string): string => typeAndName(reference.split("::").slice(0, -1).join("::"));

/** Of `urn:pulumi:stack::project::parent$type::name`. */
function typeAndName(urn: string): string {
  if (urn === "") return "";
  const [, , types = "", ...name] = urn.split("::");
  return `${types.split("$").at(-1)}::${name.join("::")}`;
}

export const ofType = (registered: readonly Registered[], type: string): Registered[] =>
  registered.filter(resource => resource.type === type);

export const inputsOf = (registered: readonly Registered[], type: string) =>
  ofType(registered, type).map(({ inputs }) => inputs);

/** The one resource of its type, and of its name where one is given. */
export function only(registered: readonly Registered[], type: string, name?: string): Registered {
  const [resource, ...others] = ofType(registered, type).filter(found => name === undefined || found.name === name);
  assert.ok(resource, `no ${type} ${name ?? ""}`);
  assert.deepEqual(others, []);
  return resource;
}

/** What the engine would refuse, and what the mocks let pass. */
export function assertNamed(registered: readonly Registered[], component: string): void {
  const identities = registered.map(({ type, name }) => `${type}::${name}`);
  assert.deepEqual(identities, [...new Set(identities)]);
  for (const { type, name } of registered)
    assert.ok(name.startsWith(component), `${type} "${name}" is not named after ${component}`);
}

/** The same, and that everything belongs to the component itself. */
export function assertPartsOf(registered: readonly Registered[], type: string, name: string): void {
  assertNamed(registered, name);
  for (const part of registered)
    if (part.type !== type) assert.equal(part.parent, `${type}::${name}`, `parent of ${part.type} ${part.name}`);
}

/** A component, and everything that is registered for it. */
export async function built<Component>(make: () => Component, states: States = {}, options: RunOptions = {}) {
  const made = {} as { component: Component };
  const registered = await registeredBy(
    () => {
      made.component = make();
    },
    states,
    options,
  );
  return { ...made, registered };
}

export const settled = <T>(output: { apply(callback: (value: T) => void): unknown }): Promise<T> =>
  new Promise(resolve => output.apply(resolve));

/** The value of an input that was registered as a secret; fails where it was not. */
export function secretValue(input: unknown): unknown {
  assert.ok(pulumi.runtime.isRpcSecret(input), "the input was not registered as a secret");
  return pulumi.runtime.unwrapRpcSecret(input);
}
