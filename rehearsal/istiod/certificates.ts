/** Issues certificates in the place of cert-manager, which does not run here. Without them no listener with TLS is programmed. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { KubernetesApi, KubernetesObject } from "../kubernetesApi";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** Writes the Secret of every Certificate that has none yet. */
export async function issueCertificates(api: KubernetesApi): Promise<void> {
  const certificates = await api.list("cert-manager.io/v1", "Certificate");
  await Promise.all(certificates.map(certificate => issue(api, certificate)));
}

async function issue(api: KubernetesApi, { metadata, spec }: KubernetesObject): Promise<void> {
  const { secretName, dnsNames = [] } = spec as unknown as { secretName: string; dnsNames?: readonly string[] };
  const { namespace } = metadata;
  const secret: KubernetesObject = { apiVersion: "v1", kind: "Secret", metadata: { name: secretName, namespace } };
  if (await api.get(secret)) return;
  await api.apply({ ...secret, type: "kubernetes.io/tls", stringData: await selfSigned(dnsNames) }, { dryRun: false });
}

/** Certificate and key in PEM, by the names that Kubernetes gives them. */
async function selfSigned(dnsNames: readonly string[]): Promise<{ "tls.crt": string; "tls.key": string }> {
  x509.cryptoProvider.set(webcrypto as Crypto);
  const keys = (await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"])) as CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=llmd-rehearsal",
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [new x509.SubjectAlternativeNameExtension(dnsNames.map(value => ({ type: "dns" as const, value })))],
  });
  const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { "tls.crt": certificate.toString("pem"), "tls.key": x509.PemConverter.encode(key, "PRIVATE KEY") };
}
