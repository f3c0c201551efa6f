/** One served model: its servers, the picker that chooses among them, the pool they form, and the route to it. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ModelEndpoint, ObjectName } from "../contracts/outputs";
import { createToken } from "./huggingFace";
import { createModelServers, createServerAccount } from "./modelServer";
import type { Identity } from "./names";
import * as optimizedBaseline from "./paths/optimizedBaseline";
import { createPicker } from "./picker";
import { createPool, createRoute, modelPath } from "./routing";
import type { ModelSettings } from "./settings";

/** A model of the stack file, and where it goes. */
export interface ModelServiceArgs extends ModelSettings {
  /** Namespace of all its objects. */
  readonly namespace: pulumi.Input<string>;
  /** The Gateway its route hangs below. */
  readonly gateway: pulumi.Input<ObjectName>;
  /** Where that Gateway answers. */
  readonly gatewayUrl: pulumi.Input<string>;
  /** Name of the NodePool its servers run on. */
  readonly nodePool: string;
  /** Secret; needed for gated models only. @default - the servers get no token */
  readonly huggingFaceToken?: pulumi.Input<string> | undefined;
  readonly kubernetes: k8s.Provider;
}

/** What every builder of a ModelService's objects is given. */
export interface ModelContext {
  readonly identity: Identity;
  readonly args: ModelServiceArgs;
  /** Parent and provider of each object. */
  readonly opts: pulumi.CustomResourceOptions;
}

/** Costs what its pool costs while its servers run: the nodes are billed, not the pods. See the pool's `gpuPoolTerm`. */
export class ModelService extends pulumi.ComponentResource {
  /** How to call the model. */
  readonly endpoint: pulumi.Output<ModelEndpoint>;

  constructor(name: string, args: ModelServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:workloads:ModelService", name, {}, opts);
    const identity = { model: name, revision: args.revision, guide: optimizedBaseline.GUIDE };
    const context: ModelContext = { identity, args, opts: { parent: this, provider: args.kubernetes } };

    const account = createServerAccount(context);
    const token = createToken(context);
    createModelServers(context, account, token);
    const pool = createPool(context);
    createPicker(context, optimizedBaseline.PICKER_CONFIG, pool);
    createRoute(context, pool);

    this.endpoint = endpointOf(args);
    this.registerOutputs({ endpoint: this.endpoint });
  }
}

const endpointOf = ({ name, model, replicas, tensorParallel, gatewayUrl }: ModelServiceArgs) =>
  pulumi.output(gatewayUrl).apply(url => ({
    url: `${url}${modelPath(name)}`,
    servedName: model,
    gpusMin: replicas.min * tensorParallel,
    gpusMax: replicas.max * tensorParallel,
  }));
