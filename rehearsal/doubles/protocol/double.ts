import type { ComponentMonitor } from "./monitor";
import type { ChangeKind, WireObject } from "./wire";

/** Identity of the resource of a request. */
export interface ResourceIdentity {
  /** Type token, e.g. `aws:ec2/vpc:Vpc`. */
  readonly type: string;
  readonly name: string;
  readonly urn: string;
}

export interface CheckResult {
  readonly inputs: WireObject;
  /** Reasons why the provider rejects the inputs, by property. */
  readonly failures?: readonly { readonly property: string; readonly reason: string }[];
}

export interface CompareRequest extends ResourceIdentity {
  readonly id: string;
  readonly oldInputs: WireObject;
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
  readonly deleteBeforeReplace: boolean;
}

export interface CreateRequest extends ResourceIdentity {
  readonly inputs: WireObject;
  /** True in a preview: nothing may change, and values that only the real operation knows must stay unknown. */
  readonly preview: boolean;
}

export interface UpdateRequest extends CreateRequest {
  readonly id: string;
  readonly state: WireObject;
  /** Paths that the program ignores; the engine has put their old inputs into `inputs`. @default - none */
  readonly ignoreChanges?: readonly string[];
}

export interface ReadRequest extends ResourceIdentity {
  readonly id: string;
  readonly inputs: WireObject;
  readonly state: WireObject;
}

export interface DeleteRequest extends ResourceIdentity {
  readonly id: string;
  readonly state: WireObject;
}

export interface ConstructRequest {
  readonly type: string;
  readonly name: string;
  /** Raw wire values: secrets and unknowns still marked, so that they flow on into the children. */
  readonly inputs: WireObject;
  readonly preview: boolean;
  readonly monitor: ComponentMonitor;
}

/**
 * A stand-in for one provider plugin. Inputs and outputs are plain values unless a member says otherwise; the server
 * keeps track of secrets. A double never invents success: it rejects by name what it does not know.
 */
export interface ProviderDouble {
  /** The version of the real plugin whose protocol it answers. */
  readonly version: string;
  configure?(args: WireObject): void | Promise<void>;
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
  diff(request: DiffRequest): DiffResult | Promise<DiffResult>;
  create(request: CreateRequest): { id: string; outputs: WireObject } | Promise<{ id: string; outputs: WireObject }>;
  update(request: UpdateRequest): WireObject | Promise<WireObject>;
  /** `undefined` when the resource is gone. */
  read?(request: ReadRequest): Promise<{ inputs: WireObject; outputs: WireObject } | undefined>;
  delete(request: DeleteRequest): void | Promise<void>;
  /** Marks outputs that are secret whatever the program said. */
  markSecrets?(type: string, outputs: WireObject): WireObject;
  invoke?(token: string, args: WireObject): WireObject | Promise<WireObject>;
  construct?(request: ConstructRequest): Promise<{ urn: string; state: WireObject }>;
}

/** The error of every double for what it does not know. */
export const unknownTo = (pkg: string, kind: string, name: string): Error =>
  new Error(`the ${pkg} double does not know the ${kind} "${name}": add it to the double, or use one that it knows`);
