/** Configuration of the gateway's implementation. */
import { z } from "zod";
import { whenValid } from "../../contracts/rules";

const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** Short enough for `istiod-<revision>`. */
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
      .refine(revision => revision !== "default", "istiod without a revision is meant by leaving it out")
      .optional()
      .describe("Revision of the existing istiod, its Deployment being istiod-<revision>; not a tag of one."),
  })
  .superRefine(refuseWhatIsExisting, whenValid("mode", "namespace", "revision"))
  .default({ mode: "managed" });

type Istio = { mode: "managed" | "existing"; namespace?: string | undefined; revision?: string | undefined };

function refuseWhatIsExisting(istio: Istio, context: z.RefinementCtx): void {
  if (istio.mode === "existing") return;
  for (const key of ["namespace", "revision"] as const)
    if (istio[key] !== undefined)
      context.addIssue({
        code: "custom",
        path: [key],
        input: istio[key],
        message: "it says which istiod is there already: leave it out, or set mode to existing",
      });
}

export type IstioSettings = z.output<typeof istioSchema>;
