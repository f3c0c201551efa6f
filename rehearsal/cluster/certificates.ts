/** Certificates of one rehearsal's API server, made for the run and gone with it. */
import "reflect-metadata";
import { generateKeyPairSync, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

interface KeyPair {
  /** PEM text. */
  readonly certificate: string;
  /** PEM text. */
  readonly key: string;
}

export interface ClusterCertificates {
  /** PEM text of the certificate authority. */
  readonly authority: string;
  /** Certificate of the API server, for `127.0.0.1` and `localhost`. */
  readonly server: KeyPair;
  /** Client certificate of a member of `system:masters`. */
  readonly administrator: KeyPair;
  /** PEM text of the key that signs service-account tokens. */
  readonly serviceAccountKey: string;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const LIFETIME_MS = 7 * 24 * 3_600_000;

export async function makeCertificates(): Promise<ClusterCertificates> {
  x509.cryptoProvider.set(webcrypto as Crypto);
  const authorityKeys = await newKeys();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: "CN=llmd-rehearsal",
    keys: authorityKeys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
    ],
  });
  const issue = async (subject: string, extensions: x509.Extension[]): Promise<KeyPair> => {
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      ...validity(),
      subject,
      issuer: authority.subject,
      publicKey: keys.publicKey,
      signingKey: authorityKeys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions,
    });
    return { certificate: certificate.toString("pem"), key: await pemOf(keys.privateKey) };
  };
  return {
    authority: authority.toString("pem"),
    server: await issue("CN=kube-apiserver", [
      new x509.SubjectAlternativeNameExtension([
        { type: "ip", value: "127.0.0.1" },
        { type: "dns", value: "localhost" },
      ]),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ]),
    administrator: await issue("O=system:masters, CN=rehearsal", [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
    ]),
    serviceAccountKey: generateKeyPairSync("ec", { namedCurve: "P-256" })
      .privateKey.export({ type: "sec1", format: "pem" })
      .toString(),
  };
}

const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]) as Promise<CryptoKeyPair>;

const validity = () => ({ notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + LIFETIME_MS) });

async function pemOf(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}
