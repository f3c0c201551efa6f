/** The engine as a component of a provider double sees it, recording what is registered. */
import type { ChildOptions, ComponentMonitor, Registered } from "../../rehearsal/doubles/protocol/monitor";
import { resourceReference, type WireObject } from "../../rehearsal/doubles/protocol/wire";

export interface RecordedChild {
  readonly type: string;
  readonly name: string;
  readonly inputs: WireObject;
  readonly dependsOn: readonly string[];
  readonly version: string;
}

export interface MonitorAnswers {
  /** State of a child after its registration. @default - its inputs */
  readonly stateOfChild?: (type: string, inputs: WireObject) => WireObject;
  /** State behind a resource reference, by URN. */
  readonly states?: Readonly<Record<string, WireObject>>;
  /** URNs that the value of an input comes from. */
  readonly dependencies?: Readonly<Record<string, readonly string[]>>;
  /** Packages for which the user gave a provider instance. */
  readonly explicitProviders?: readonly string[];
}

type Answered = Pick<
  ComponentMonitor,
  "component" | "child" | "hasExplicitProvider" | "dependenciesOf" | "stateOf" | "invoke" | "outputs"
>;

export class RecordingMonitor implements Answered {
  readonly components: string[] = [];
  readonly children: RecordedChild[] = [];
  readonly registeredOutputs: WireObject[] = [];
  /** Tokens of the functions that were asked. */
  readonly invoked: string[] = [];

  constructor(private readonly answers: MonitorAnswers = {}) {}

  /** For what wants the real class, whose private members nobody else can have. */
  get asMonitor(): ComponentMonitor {
    return this as Answered as ComponentMonitor;
  }

  async component(type: string, name: string): Promise<string> {
    this.components.push(`${type} ${name}`);
    return `urn:${name}`;
  }

  async child(type: string, name: string, inputs: WireObject, options: ChildOptions): Promise<Registered> {
    this.children.push({ type, name, inputs, dependsOn: options.dependsOn ?? [], version: options.version });
    const [urn, id] = [urnOf(name), `id-of-${name}`];
    const state = this.answers.stateOfChild?.(type, inputs) ?? inputs;
    return { urn, id, state, reference: resourceReference(urn, id, options.version) };
  }

  hasExplicitProvider(pkg: string): boolean {
    return this.answers.explicitProviders?.includes(pkg) ?? false;
  }

  dependenciesOf(...inputs: string[]): string[] {
    return inputs.flatMap(input => this.answers.dependencies?.[input] ?? []);
  }

  async stateOf(urn: string): Promise<WireObject> {
    const state = this.answers.states?.[urn];
    if (!state) throw new Error(`nothing was registered as ${urn}`);
    return state;
  }

  async invoke(token: string): Promise<WireObject> {
    this.invoked.push(token);
    return {};
  }

  async outputs(state: WireObject): Promise<void> {
    this.registeredOutputs.push(state);
  }
}

export const urnOf = (child: string): string => `urn:child:${child}`;
