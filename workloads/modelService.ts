/** One served model: its revisions side by side, and the route that shares its requests out between them. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ModelEndpoint } from "../contracts/outputs";
import type { ClusterContext } from "./context";
import { TOKEN_KEY } from "./huggingFace";
import { revisionKeyOf } from "./names";
import type { WeightedRevision } from "./plan";
import { endpointFacts } from "./planning";
import { createNames, namesOf } from "./requests";
import { createRevision } from "./revision";
import { callOf, createRoute } from "./routing/route";
import { coldStartContract } from "./scaling/coldStart";

export interface ModelServiceArgs {
  /** The model's own first, then its canary. */
  readonly revisions: readonly [WeightedRevision, ...WeightedRevision[]];
  /** Cluster that the model's objects are made in, with what the layers below export. */
  readonly cluster: ClusterContext;
  /** True where requests also find the model by the `model` that they name. */
  readonly byModelField: boolean;
  /** The account's provider; there wherever weights are in S3. */
  readonly account: pulumi.ProviderResource | undefined;
}

/** Costs what its pools cost while its servers run: the nodes are billed, not the pods. See the pools' `gpuPoolLineItem`. */
export class ModelService extends pulumi.ComponentResource {
  /** Address of the model and a first request. */
  readonly endpoint: pulumi.Output<ModelEndpoint>;

  constructor(name: string, args: ModelServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:workloads:ModelService", name, {}, opts);
    const { revisions, cluster, byModelField, account } = args;
    const options = { parent: this, provider: cluster.kubernetes };
    const model = { name, repository: revisions[0].plan.model };
    const token = createToken(name, cluster, options);
    const routed = revisions.map(({ plan, percent }) => {
      const key = revisionKeyOf(plan);
      const pool = createRevision({ key, plan, cluster, opts: options }, { token, account });
      return { key, percent, pool };
    });
    createRoute({ model, revisions: routed, cluster, byModelField }, options);
    const names = revisions.flatMap(({ plan }) => namesOf(plan.lora, plan.loraAliases));
    if (byModelField) createNames({ model, names, cluster }, options);
    this.endpoint = endpointOf(args);
    this.registerOutputs({ endpoint: this.endpoint });
  }
}

function endpointOf({ revisions, cluster }: ModelServiceArgs): pulumi.Output<ModelEndpoint> {
  const [{ plan }] = revisions;
  const contract = coldStartContract(plan);
  const { gpusMin, gpusMax, readyAfterMinutes } = endpointFacts({ revisions });
  return callOf(plan, cluster).apply(({ url, curl }) => ({
    url,
    curl,
    servedName: plan.servedName,
    gpusMin,
    gpusMax,
    // Left out where nobody knows: the engine warns of outputs that are undefined.
    ...(readyAfterMinutes !== undefined && { readyAfterMinutes }),
    ...(contract && { whileEmpty: contract.text }),
  }));
}

/**
 * The Secret that holds the token for one model; none without a token: a pod that refers to a missing Secret never starts,
 * even if its model is open.
 */
export function createToken(
  model: string,
  { huggingFaceToken, namespace }: Pick<ClusterContext, "huggingFaceToken" | "namespace">,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Secret | undefined {
  if (huggingFaceToken === undefined) return undefined;
  const name = `${model}-hf-token`;
  return new k8s.core.v1.Secret(
    name,
    { metadata: { name, namespace }, stringData: { [TOKEN_KEY]: huggingFaceToken } },
    opts,
  );
}
