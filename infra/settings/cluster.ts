/** Configuration of the cluster and of its own node pool. */
import { z } from "zod";
import { KUBERNETES_VERSIONS } from "../../catalog/kubernetesVersions";
import { DEFAULT_NODE_CPUS, LARGEST_NODE_CPUS } from "../../catalog/systemPool";
import { type Rejection, rejectDuplicates, rejectIf, rejecting, whenValid } from "../../contracts/rules";

const LOG_TYPES = ["api", "audit", "authenticator", "controllerManager", "scheduler"] as const;

/** ARN of a role or a user. The ARN of a session would let in only that session. */
const principal = z
  .string()
  .regex(
    /^arn:aws[\w-]*:iam::\d{12}:(role|user)\/[\w+=,.@/-]+$/,
    "an IAM role or user looks like arn:aws:iam::111122223333:role/platform-admin; a session of a role (arn:aws:sts:…) does not last",
  );

export const kubernetesVersion = z
  .enum(KUBERNETES_VERSIONS.map(({ version }) => version) as [string, ...string[]])
  .describe("A version of Amazon EKS, in quotes.");

export const clusterSchema = z.strictObject({
  endpoint: z
    .strictObject({
      public: z.boolean().describe("Endpoint on the internet, open to the ranges of cidrs."),
      cidrs: z.array(z.cidrv4()).default([]).describe("Ranges that may reach the public endpoint."),
      private: z.boolean().describe("Endpoint inside the VPC, which nodes need: write true."),
    })
    .superRefine(rejecting(uselessEndpoints), whenValid("public", "cidrs", "private"))
    .describe("Endpoints of the Kubernetes API server."),
  admins: z
    .array(principal)
    .superRefine(rejectDuplicates, whenValid())
    .default([])
    .describe("IAM roles and users that administer the cluster, beside the principal that makes it."),
  logTypes: z
    .array(z.enum(LOG_TYPES))
    .superRefine(rejectDuplicates, whenValid())
    .default(["api", "audit", "authenticator"])
    .describe("Logs of the control plane that go to CloudWatch."),
});

export const systemPoolSchema = z.strictObject({
  maxCpus: z.int().min(8).max(2048).describe("vCPUs of all its nodes, 8 to 2048: what all but model servers runs on."),
  maxMemoryGiB: z.int().min(32).max(8192).describe("Memory of all its nodes, 32 to 8192 GiB; they have 4 GiB a vCPU."),
  maxNodeCpus: z
    .literal([...LARGEST_NODE_CPUS])
    .default(DEFAULT_NODE_CPUS)
    .describe(
      `vCPUs of its largest node. Without it: ${DEFAULT_NODE_CPUS}. More only for a pod that fits no smaller one.`,
    ),
});

type Endpoint = { public: boolean; cidrs: readonly string[]; private: boolean };

function uselessEndpoints(endpoint: Endpoint): Rejection[] {
  // EKS takes an empty list for all ranges.
  const open = "a public endpoint without ranges is open to everyone: name the ranges that may reach it";
  const notPrivate =
    "nodes reach the API server inside the VPC, or from NAT addresses that no range can name beforehand: set it to true";
  return [
    ...rejectIf(endpoint.public && endpoint.cidrs.length === 0, ["cidrs"], open),
    ...rejectIf(!endpoint.private, ["private"], notPrivate),
  ];
}

export type ClusterSettings = z.output<typeof clusterSchema>;
