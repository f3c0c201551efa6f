/** How a model is called. */
import * as pulumi from "@pulumi/pulumi";
import type { ClusterContext } from "../context";
import type { RevisionPlan } from "../plan";
import { modelPath } from "./route";

export interface Call {
  /** Base address for OpenAI's clients. */
  readonly url: string;
  /** A first request, to be pasted into a shell; where there is an entry, `$TOKEN` has the caller's token. */
  readonly curl: string;
}

/** From outside where there is an entry, else from inside the cluster. */
export const callOf = (
  { name, servedName }: Pick<RevisionPlan, "name" | "servedName">,
  { entryUrl, gatewayUrl }: Pick<ClusterContext, "entryUrl" | "gatewayUrl">,
): pulumi.Output<Call> =>
  pulumi.all([entryUrl, gatewayUrl]).apply(([entry, gateway]) => {
    const url = `${entry ?? gateway}${modelPath(name)}`;
    return { url, curl: curlOf(url, servedName, entry !== undefined) };
  });

function curlOf(url: string, model: string, withToken: boolean): string {
  const body = { model, messages: [{ role: "user", content: "Say hello." }], max_tokens: 16 };
  const headers = ["Content-Type: application/json", ...(withToken ? ["Authorization: Bearer $TOKEN"] : [])];
  // Double quotes, so that the shell fills in the token.
  const quoted = headers.map(header => `-H "${header}"`);
  return ["curl", `${url}/chat/completions`, ...quoted, `-d '${JSON.stringify(body)}'`].join(" ");
}
