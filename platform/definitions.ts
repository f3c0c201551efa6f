/** The custom resource definitions that gateway, routes and pools are written in. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { URLS } from "../catalog/versions";

export interface DefinitionsArgs {
  readonly kubernetes: k8s.Provider;
}

/** Gateway API, Inference Extension and llm-d definitions at their pins. */
export class Definitions extends pulumi.ComponentResource {
  constructor(name: string, { kubernetes }: DefinitionsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:Definitions", name, {}, opts);
    for (const [set, file] of Object.entries(URLS))
      new k8s.yaml.v2.ConfigFile(`${name}-${set}`, { file }, { parent: this, provider: kubernetes });
    this.registerOutputs({});
  }
}
