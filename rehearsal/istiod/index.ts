/** Checks by the real istiod of the objects that the stacks made. */
import { VisibleError } from "../errors";
import { refused } from "./admission";
import { issueCertificates } from "./certificates";
import { withoutEffect } from "./envoyFilters";
import { type IstiodArgs, startIstiod } from "./istiod";
import { type Patience, unresolved } from "./resolution";

/**
 * Runs istiod until it has taken everything: Gateways, routes and inference pools resolve, Istio's objects are right, and
 * EnvoyFilters find what they change.
 * @throws VisibleError with istiod's messages on everything that it does not take.
 */
export async function istiodTakesAll(args: IstiodArgs, patience?: Patience): Promise<void> {
  const { api } = args.cluster;
  await issueCertificates(api);
  const istiod = await startIstiod(args);
  try {
    const wrong = [...(await unresolved(api, patience)), ...(await refused(istiod, api))];
    // A Gateway that istiod does not take has no proxy that could be patched.
    const idle = wrong.length === 0 ? await withoutEffect(istiod, api) : [];
    const lines = [...wrong, ...idle].map(line => `\n  ${line}`);
    if (lines.length > 0) throw new VisibleError(`istiod does not take everything the stacks made:${lines.join("")}`);
  } finally {
    await istiod.stop();
  }
}
