/** Configuration of Istio, which implements the gateways. */
import { z } from "zod";
import { whenValid } from "../../contracts/rules";

const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** At most 56 characters, so that `istiod-<revision>` is a valid name. */
const REVISION = /^[a-z0-9]([a-z0-9-]{0,54}[a-z0-9])?$/;

export const istioSchema = z
  .strictObject({
    mode: z
      .enum(["managed", "existing"])
      .describe("Origin of Istio: managed installs it, existing uses the one in the cluster."),
    namespace: z
      .string()
      .regex(NAMESPACE, "a namespace has up to 63 lower-case letters, digits and hyphens")
      .optional()
      .describe("Namespace of the existing istiod. Without it: istio-system."),
    revision: z
      .string()
      .regex(REVISION, "a revision has up to 56 lower-case letters, digits and hyphens")
      .refine(revision => revision !== "default", "remove it to use the istiod without a revision")
      .optional()
      .describe("Revision of the existing istiod, its Deployment being istiod-<revision>; not a tag of one."),
  })
  .superRefine(rejectExistingKeys, whenValid("mode", "namespace", "revision"))
  .default({ mode: "managed" });

type Istio = { mode: "managed" | "existing"; namespace?: string | undefined; revision?: string | undefined };

function rejectExistingKeys(istio: Istio, context: z.RefinementCtx): void {
  if (istio.mode === "existing") return;
  for (const key of ["namespace", "revision"] as const)
    if (istio[key] !== undefined)
      context.addIssue({
        code: "custom",
        path: [key],
        input: istio[key],
        message: "it describes an existing istiod: remove it, or set mode to existing",
      });
}
