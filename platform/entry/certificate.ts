/** The certificate that cert-manager makes, for TLS that ends at the gateway. */
import type * as pulumi from "@pulumi/pulumi";
import { ENTRY } from "../../catalog/serving";
import { GATEWAY_GROUP } from "../../contracts/httpRoute";
import { NOT_AWAITED } from "../../contracts/placement";
import { type CertificateSpec, certificate, issuer } from "../gateways/customResources";
import type { OpenEntry } from "../settings/entry";
import { CERTIFICATE_SECRET, type EntryPlan } from "./plan";

interface CertificateArgs {
  readonly settings: OpenEntry;
  readonly plan: EntryPlan;
  readonly namespace: pulumi.Input<string>;
}

/** Creates the certificate, and an issuer for it where the stack file names none. */
export function createCertificate(
  name: string,
  { settings, plan, namespace }: CertificateArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  const { certManager, hostname } = settings;
  if (!certManager || !hostname) return;
  const ownIssuer = certManager.acmeEmail
    ? createIssuer(name, certManager.acmeEmail, plan, namespace, opts)
    : undefined;
  const issuerRef: Pick<CertificateSpec["issuerRef"], "kind" | "name"> = certManager.issuer ?? {
    kind: "Issuer",
    name: ISSUER,
  };
  certificate(
    name,
    {
      name: ENTRY,
      namespace,
      // It is ready once the hostname leads to the load balancer, whose name this very `up` may print first.
      annotations: NOT_AWAITED,
    },
    {
      secretName: CERTIFICATE_SECRET,
      dnsNames: [hostname],
      issuerRef: { group: "cert-manager.io", ...issuerRef },
      privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
    },
    { ...opts, ...(ownIssuer && { dependsOn: [ownIssuer] }) },
  );
}

const ISSUER = `${ENTRY}-acme`;

const LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory";

/** Let's Encrypt fetches a file from port 80, where cert-manager adds a route beside the one that redirects. */
const createIssuer = (
  name: string,
  email: string,
  { redirect, main }: EntryPlan,
  namespace: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
) =>
  issuer(
    name,
    { name: ISSUER, namespace, annotations: NOT_AWAITED },
    {
      acme: {
        server: LETS_ENCRYPT,
        email,
        privateKeySecretRef: { name: `${ISSUER}-account` },
        solvers: [
          {
            http01: {
              gatewayHTTPRoute: {
                parentRefs: [
                  { group: GATEWAY_GROUP, kind: "Gateway", name: ENTRY, sectionName: (redirect ?? main).name },
                ],
              },
            },
          },
        ],
      },
    },
    opts,
  );
