/** Client of the engine for a component of a provider double: it registers the component and its children. */
import * as grpc from "@grpc/grpc-js";
import type { ConstructRequest } from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorClient } from "@pulumi/pulumi/proto/resource_grpc_pb";
import {
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
  type RegisterResourceResponse,
  ResourceInvokeRequest,
  type ResourceInvokeResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import { grpcOptions } from "../../grpc";
import { fromStruct, resourceReference, toStruct, UNKNOWN, type WireObject } from "./wire";

export interface Registered {
  /** Engine's unique name of the registered resource. */
  readonly urn: string;
  /** `UNKNOWN` in a preview of a new resource. */
  readonly id: string;
  /** Raw wire values. */
  readonly state: WireObject;
  /** Wire value that refers to the resource from a component's outputs. */
  readonly reference: WireObject;
}

export interface ChildOptions {
  /** Version of the provider plugin; the engine does not inherit it from the component. */
  readonly version: string;
  /** URNs of resources that must exist first. @default - none */
  readonly dependsOn?: readonly string[];
}

export class ComponentMonitor {
  private readonly client: ResourceMonitorClient;
  private componentUrn = "";

  constructor(private readonly request: ConstructRequest) {
    this.client = new ResourceMonitorClient(
      request.getMonitorendpoint(),
      grpc.credentials.createInsecure(),
      grpcOptions,
    );
  }

  /** Registers the component itself with the options its user gave; children registered afterwards are its own. */
  async component(type: string, name: string): Promise<string> {
    const given = this.request;
    const register = this.newRequest(type, name, {})
      .setCustom(false)
      .setParent(given.getParent())
      .setDependenciesList(given.getDependenciesList())
      .setAliasesList(given.getAliasesList())
      .setAliasspecs(true)
      .setRetainondelete(given.getRetainondelete() ?? false)
      .setDeletedwith(given.getDeletedwith())
      .setIgnorechangesList(given.getIgnorechangesList());
    for (const [pkg, provider] of given.getProvidersMap().entries()) register.getProvidersMap().set(pkg, provider);
    this.componentUrn = (await this.send(register)).getUrn();
    return this.componentUrn;
  }

  /** Registers a child; the component's provider for the child's package goes with it, which the engine leaves to us. */
  async child(type: string, name: string, inputs: WireObject, options: ChildOptions): Promise<Registered> {
    const register = this.newRequest(type, name, inputs)
      .setCustom(true)
      .setParent(this.componentUrn)
      .setVersion(options.version)
      .setDependenciesList([...(options.dependsOn ?? [])]);
    const provider = this.request.getProvidersMap().get(type.split(":")[0] ?? "");
    if (provider && !type.startsWith("pulumi:providers:")) register.setProvider(provider);
    const response = await this.send(register);
    const urn = response.getUrn();
    const id = response.getId() || UNKNOWN;
    return { urn, id, state: fromStruct(response.getObject()), reference: resourceReference(urn, id, options.version) };
  }

  /** True where the user gave a provider instance for a package. */
  hasExplicitProvider(pkg: string): boolean {
    return this.request.getProvidersMap().has(pkg);
  }

  /** URNs of the resources that the values of these inputs come from; children made of the inputs depend on them. */
  dependenciesOf(...inputs: string[]): string[] {
    const byInput = this.request.getInputdependenciesMap();
    return [...new Set(inputs.flatMap(input => byInput.get(input)?.getUrnsList() ?? []))];
  }

  /** The state behind a resource reference, requested from the engine as the SDK does. */
  async stateOf(urn: string): Promise<WireObject> {
    const request = new ResourceInvokeRequest().setTok("pulumi:pulumi:getResource").setArgs(toStruct({ urn }));
    request.setAcceptresources(true);
    return (fromStruct((await this.ask(request)).getReturn()).state ?? {}) as WireObject;
  }

  /** Invokes a function of a package's provider: the component's own where its user gave one. */
  async invoke(token: string, args: WireObject): Promise<WireObject> {
    const request = new ResourceInvokeRequest().setTok(token).setArgs(toStruct(args));
    const provider = this.request.getProvidersMap().get(token.split(":")[0] ?? "");
    if (provider) request.setProvider(provider);
    return fromStruct((await this.ask(request)).getReturn());
  }

  outputs(state: WireObject): Promise<void> {
    const request = new RegisterResourceOutputsRequest().setUrn(this.componentUrn).setOutputs(toStruct(state));
    return new Promise((resolve, reject) =>
      this.client.registerResourceOutputs(request, error => (error ? reject(error) : resolve())),
    );
  }

  close(): void {
    this.client.close();
  }

  private async ask(request: ResourceInvokeRequest): Promise<ResourceInvokeResponse> {
    const answer = await new Promise<ResourceInvokeResponse>((resolve, reject) =>
      this.client.invoke(request, (error, response) => (error ? reject(error) : resolve(response))),
    );
    const [failure] = answer.getFailuresList();
    if (failure) throw new Error(`${request.getTok()}: ${failure.getReason()}`);
    return answer;
  }

  private newRequest(type: string, name: string, inputs: WireObject): RegisterResourceRequest {
    const request = new RegisterResourceRequest();
    // Children inherit protection, as they do in the SDK.
    if (this.request.hasProtect()) request.setProtect(this.request.getProtect() ?? false);
    return request
      .setType(type)
      .setName(name)
      .setObject(toStruct(inputs))
      .setAcceptsecrets(true)
      .setAcceptresources(true)
      .setSupportspartialvalues(true);
  }

  private send(request: RegisterResourceRequest): Promise<RegisterResourceResponse> {
    return new Promise((resolve, reject) =>
      this.client.registerResource(request, (error, response) => (error ? reject(error) : resolve(response))),
    );
  }
}
