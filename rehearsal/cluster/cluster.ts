/** The rehearsal's cluster: real etcd, kube-apiserver and kube-controller-manager on free loopback ports. No nodes. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import getPort from "get-port";
import { stringify } from "yaml";
import { installCrds } from "../doubles/kubernetes/releases";
import { type ClusterAccess, KubernetesApi, type KubernetesObject } from "../kubernetesApi";
import { type Processes, type Started, until } from "../processes";
import { type ClusterCertificates, makeCertificates } from "./certificates";

/** Paths of the programs. */
interface ClusterBinaries {
  readonly etcd: string;
  readonly "kube-apiserver": string;
  readonly "kube-controller-manager": string;
}

export interface Cluster {
  /** Client of an administrator. */
  readonly api: KubernetesApi;
  /** Address and credentials of the administrator. */
  readonly access: ClusterAccess;
  /** Path of an administrator's kubeconfig. */
  readonly kubeconfig: string;
}

const PORT_ATTEMPTS = 3;

/** A loopback port on which nobody listens; another one at each call. */
export const freePort = (): Promise<number> => getPort({ host: "127.0.0.1" });

/**
 * Starts the cluster in `folder` and returns when it serves, service accounts included.
 * @param crds files of CRDs to install, as EKS Auto Mode brings some of its own.
 */
export async function startCluster(
  folder: string,
  binaries: ClusterBinaries,
  processes: Processes,
  crds: readonly string[],
): Promise<Cluster> {
  mkdirSync(folder, { recursive: true });
  const certificates = await makeCertificates();
  writeCertificates(folder, certificates);
  const server = await startApiServer(folder, binaries, processes, certificates);
  const access = {
    server,
    certificateAuthority: certificates.authority,
    clientCertificate: certificates.administrator.certificate,
    clientKey: certificates.administrator.key,
  };
  const kubeconfig = writeKubeconfig(folder, access);
  const api = new KubernetesApi(access);
  const controllers = startControllers(folder, kubeconfig, binaries, processes);
  await Promise.all([controllersReady(api, controllers), ...crds.map(file => installCrds(api, file))]);
  return { api, access, kubeconfig };
}

async function startApiServer(
  folder: string,
  binaries: ClusterBinaries,
  processes: Processes,
  certificates: ClusterCertificates,
): Promise<string> {
  // A port that was free a moment ago may be taken by now: then the server ends at once, and other ports are tried.
  for (let attempt = 1; ; attempt++) {
    const [client, peer, secure] = await Promise.all([freePort(), freePort(), freePort()]);
    const environment = { env: { PATH: process.env.PATH }, cwd: folder };
    const etcd = processes.start("etcd", binaries.etcd, etcdFlags(folder, attempt, client, peer), environment);
    const apiServer = processes.start(
      "kube-apiserver",
      binaries["kube-apiserver"],
      apiServerFlags(folder, client, secure),
      environment,
    );
    const server = `https://127.0.0.1:${secure}`;
    try {
      await serves(server, certificates, [etcd, apiServer]);
      return server;
    } catch (error) {
      for (const started of [etcd, apiServer]) started.process.kill("SIGKILL");
      if (attempt === PORT_ATTEMPTS || !/address already in use/.test(String(error))) throw error;
    }
  }
}

const etcdFlags = (folder: string, attempt: number, client: number, peer: number): string[] => [
  `--data-dir=${join(folder, `etcd-${attempt}`)}`,
  `--listen-client-urls=http://127.0.0.1:${client}`,
  `--advertise-client-urls=http://127.0.0.1:${client}`,
  `--listen-peer-urls=http://127.0.0.1:${peer}`,
  // Nothing here outlives the run, so no write has to reach the disk.
  "--unsafe-no-fsync",
];

const apiServerFlags = (folder: string, etcdPort: number, port: number): string[] => [
  `--etcd-servers=http://127.0.0.1:${etcdPort}`,
  `--secure-port=${port}`,
  "--bind-address=127.0.0.1",
  "--advertise-address=127.0.0.1",
  "--endpoint-reconciler-type=none",
  `--tls-cert-file=${join(folder, "server.crt")}`,
  `--tls-private-key-file=${join(folder, "server.key")}`,
  `--client-ca-file=${join(folder, "ca.crt")}`,
  `--service-account-key-file=${join(folder, "sa.key")}`,
  `--service-account-signing-key-file=${join(folder, "sa.key")}`,
  "--service-account-issuer=https://kubernetes.default.svc",
  "--authorization-mode=RBAC",
  // As on EKS; node exporters are.
  "--allow-privileged=true",
  "--service-cluster-ip-range=172.20.0.0/16",
];

function startControllers(
  folder: string,
  kubeconfig: string,
  binaries: ClusterBinaries,
  processes: Processes,
): Started {
  const flags = [
    `--kubeconfig=${kubeconfig}`,
    "--secure-port=0",
    "--leader-elect=false",
    `--service-account-private-key-file=${join(folder, "sa.key")}`,
    `--root-ca-file=${join(folder, "ca.crt")}`,
    // Otherwise it makes /usr/libexec/kubernetes.
    `--flex-volume-plugin-dir=${join(folder, "flex-volumes")}`,
    // The defaults are meant for large clusters and slow down the deletion of namespaces.
    "--kube-api-qps=500",
    "--kube-api-burst=1000",
  ];
  const environment = { env: { PATH: process.env.PATH }, cwd: folder };
  return processes.start("kube-controller-manager", binaries["kube-controller-manager"], flags, environment);
}

async function serves(server: string, certificates: ClusterCertificates, started: readonly Started[]): Promise<void> {
  const { certificate, key } = certificates.administrator;
  const api = new KubernetesApi({
    server,
    certificateAuthority: certificates.authority,
    clientCertificate: certificate,
    clientKey: key,
  });
  await until(() => api.isReady(), "kube-apiserver", started);
  await api.close();
}

/** The controllers work once they have made the default namespace's service account. */
const controllersReady = (api: KubernetesApi, started: Started): Promise<void> => {
  const account: KubernetesObject = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default", namespace: "default" },
  };
  return until(async () => (await api.get(account)) !== undefined, "kube-controller-manager", [started]);
};

function writeCertificates(folder: string, certificates: ClusterCertificates): void {
  const files = {
    "ca.crt": certificates.authority,
    "server.crt": certificates.server.certificate,
    "server.key": certificates.server.key,
    "sa.key": certificates.serviceAccountKey,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, { mode: 0o600 });
}

function writeKubeconfig(folder: string, access: ClusterAccess): string {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const file = join(folder, "kubeconfig");
  const content = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "rehearsal",
        cluster: { server: access.server, "certificate-authority-data": base64(access.certificateAuthority) },
      },
    ],
    users: [
      {
        name: "rehearsal",
        user: {
          "client-certificate-data": base64(access.clientCertificate),
          "client-key-data": base64(access.clientKey),
        },
      },
    ],
    contexts: [{ name: "rehearsal", context: { cluster: "rehearsal", user: "rehearsal" } }],
    "current-context": "rehearsal",
  };
  writeFileSync(file, stringify(content), { mode: 0o600 });
  return file;
}
