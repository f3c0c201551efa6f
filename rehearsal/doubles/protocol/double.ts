import type { ComponentMonitor } from "./monitor";
import type { ChangeKind, WireObject } from "./wire";

/** Identity of the resource of a request. */
export interface ResourceIdentity {
  /** Type token, e.g. `aws:ec2/vpc:Vpc`. */
  readonly type: string;
  /** Resource's name in the program. */
  readonly name: string;
  /** Engine's unique name of the resource. */
  readonly urn: string;
}

export interface CheckResult {
  /** Inputs to go on with. */
  readonly inputs: WireObject;
  /** Reasons why the provider rejects the inputs, by property. */
  readonly failures?: readonly { readonly property: string; readonly reason: string }[];
}

export interface CompareRequest extends ResourceIdentity {
  /** Id that the creation returned. */
  readonly id: string;
  /** Inputs of the last operation. */
  readonly oldInputs: WireObject;
  /** Inputs that the program gives now. */
  readonly newInputs: WireObject;
  /** Outputs of the last operation. */
  readonly state: WireObject;
}

export interface DiffRequest extends Omit<CompareRequest, "state"> {
  /** Paths that change, without those that the program ignores (`ignoreChanges`); never empty. */
  readonly changed: readonly string[];
}

export interface DiffResult {
  /** Properties that force a replacement. */
  readonly replaces: readonly string[];
  /** True if a replacement deletes the old resource first. */
  readonly deleteBeforeReplace: boolean;
}

export interface CreateRequest extends ResourceIdentity {
  /** Inputs as the check returned them. */
  readonly inputs: WireObject;
  /** True in a preview: nothing may change, and values that only the real operation knows must stay unknown. */
  readonly preview: boolean;
}

export interface UpdateRequest extends CreateRequest {
  /** Id that the creation returned. */
  readonly id: string;
  /** Outputs of the last operation. */
  readonly state: WireObject;
  /** Paths that the program ignores; the engine has put their old inputs into `inputs`. @default - none */
  readonly ignoreChanges?: readonly string[];
}

export interface ReadRequest extends ResourceIdentity {
  /** Id of the resource to read. */
  readonly id: string;
  /** Inputs in the engine's state. */
  readonly inputs: WireObject;
  /** Outputs in the engine's state. */
  readonly state: WireObject;
}

export interface DeleteRequest extends ResourceIdentity {
  /** Id of the resource to delete. */
  readonly id: string;
  /** Outputs of the last operation. */
  readonly state: WireObject;
}

export interface ConstructRequest {
  /** Type token of the component. */
  readonly type: string;
  /** Component's name in the program. */
  readonly name: string;
  /** Raw wire values: secrets and unknowns still marked, so that they flow on into the children. */
  readonly inputs: WireObject;
  /** True in a preview: children are registered, but nothing is made. */
  readonly preview: boolean;
  /** Connection to the engine, which registers the component and its children. */
  readonly monitor: ComponentMonitor;
}

/**
 * A stand-in for one provider plugin. Inputs and outputs are plain values unless a member says otherwise; the server
 * keeps track of secrets. A double never invents success: it rejects by name what it does not know.
 */
export interface ProviderDouble {
  /** The version of the real plugin whose protocol it answers. */
  readonly version: string;
  /** Takes the provider's configuration before any other request. @default - ignored */
  configure?(args: WireObject): void | Promise<void>;
  /** Compares two configurations of the provider. @default - nothing changed */
  diffConfig?(
    oldInputs: WireObject,
    newInputs: WireObject,
  ): { changed: readonly string[]; replaces: readonly string[] };
  /** `inputs` may hold unknowns and secrets. */
  check(
    resource: ResourceIdentity,
    inputs: WireObject,
    oldInputs: WireObject | undefined,
  ): CheckResult | Promise<CheckResult>;
  /** Changes by path. @default - old inputs against new inputs */
  changes?(request: CompareRequest): Promise<ReadonlyMap<string, ChangeKind>>;
  /** Decides if changed inputs need a new resource. */
  diff(request: DiffRequest): DiffResult | Promise<DiffResult>;
  /** Makes the resource, or foresees its outputs in a preview. */
  create(request: CreateRequest): { id: string; outputs: WireObject } | Promise<{ id: string; outputs: WireObject }>;
  /** Changes the resource in place, and returns its new outputs. */
  update(request: UpdateRequest): WireObject | Promise<WireObject>;
  /** `undefined` when the resource is gone. */
  read?(request: ReadRequest): Promise<{ inputs: WireObject; outputs: WireObject } | undefined>;
  /** Removes the resource. */
  delete(request: DeleteRequest): void | Promise<void>;
  /** Marks outputs that are secret whatever the program said. */
  markSecrets?(type: string, outputs: WireObject): WireObject;
  /** Answers a function call of the program. @default - every call is rejected */
  invoke?(token: string, args: WireObject): WireObject | Promise<WireObject>;
  /** Makes a component with its children. @default - components are rejected */
  construct?(request: ConstructRequest): Promise<{ urn: string; state: WireObject }>;
}

/** The error of every double for what it does not know. */
export const unknownTo = (pkg: string, kind: string, name: string): Error =>
  new Error(`the ${pkg} double does not know the ${kind} "${name}": add it to the double, or use one that it knows`);
