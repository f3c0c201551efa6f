/** A manifest as sent to the API server. */
export type KubernetesObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: Readonly<Record<string, unknown>>;
};

type Fields = Readonly<Record<string, unknown>>;

const KEY = "1a2b3c4d-5e6f-1a2b-3c4d-5e6f1a2b3c4d";
const KMS = "arn:aws:kms:us-east-2:111122223333";
const GOV_KMS = "arn:aws-us-gov:kms:us-gov-west-1:111122223333";
const IAM = "arn:aws:iam::111122223333";
const CERTIFICATE = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUI=";
const IPV4_NO_PROXY = ["localhost", "127.0.0.1", "169.254.169.254", ".internal", ".eks.amazonaws.com"];
const IPV6_NO_PROXY = ["::1", "0:0:0:0:0:0:0:1", "[fd00:ec2::254]"];
const PAGES_2MI = { hugepages: { pages: [{ size: "2Mi", count: 1024 }] } };
const MY_APP = { app: "my-app" };
const POOL = { group: "inference.networking.k8s.io", kind: "InferencePool", name: "qwen3-32b" };
const QWEN = "Qwen/Qwen3-32B";

/** Every documented example, field and variant: the CRDs take them all. */
export const accepted: readonly { readonly example: string; readonly object: KubernetesObject }[] = [
  // Role, subnets, security groups
  { example: "the recommended shape of a GPU class", object: nodeClass() },
  { example: "an instance profile in place of the role", object: profiled("eks-gpu-node") },
  { example: "an instance profile without the prefix eks-", object: profiled("gpu-node") },
  { example: "subnets by tags", object: subnets(tagged("private-subnet")) },
  { example: "subnets by id and by tags", object: subnets({ id: "subnet-0123456789abcdef0" }, tagged("private")) },
  { example: "a security group by id", object: groups({ id: "sg-0123456789abcdef0" }) },
  { example: "a security group by name", object: groups({ name: "eks-cluster-security-group" }) },
  { example: "a security group by tags", object: groups(tagged("eks-cluster-sg")) },
  { example: "pod subnets and groups by tags", object: podNetwork(tagged("pod-subnet"), tagged("eks-pod-sg")) },
  { example: "pod subnets and groups by id", object: podNetwork({ id: "subnet-0b" }, { id: "sg-0b" }) },
  { example: "a pod security group by name", object: podNetwork(tagged("pod-subnet"), { name: "pods" }) },

  // Capacity reservations
  { example: "a Capacity Block or reservation by id", object: reserved({ id: "cr-56fac701cc1951b03" }) },
  { example: "reservations by tags", object: reserved({ tags: MY_APP }) },
  { example: "reservations of one owner by tags", object: reserved({ tags: MY_APP, owner: "012345678901" }) },
  { example: "reservations by id and by tags", object: reserved({ id: "cr-56fac701cc1951b03" }, { tags: MY_APP }) },

  // Policies
  { example: "snatPolicy Random", object: nodeClass({ snatPolicy: "Random" }) },
  { example: "snatPolicy Disabled", object: nodeClass({ snatPolicy: "Disabled" }) },
  { example: "networkPolicy DefaultAllow", object: nodeClass({ networkPolicy: "DefaultAllow" }) },
  { example: "networkPolicy DefaultDeny", object: nodeClass({ networkPolicy: "DefaultDeny" }) },
  { example: "networkPolicyEventLogs Disabled", object: nodeClass({ networkPolicyEventLogs: "Disabled" }) },
  { example: "networkPolicyEventLogs Enabled", object: nodeClass({ networkPolicyEventLogs: "Enabled" }) },

  // Ephemeral storage
  { example: "the documented storage defaults", object: storage({ size: "80Gi", iops: 3000, throughput: 125 }) },
  { example: "the most iops and throughput", object: storage({ size: "160Gi", iops: 16000, throughput: 1000 }) },
  { example: "the smallest size in Gi", object: storage({ size: "1Gi" }) },
  { example: "the largest size in Gi", object: storage({ size: "59000Gi" }) },
  { example: "the smallest size in G", object: storage({ size: "1G" }) },
  { example: "the largest size in G", object: storage({ size: "64000G" }) },
  { example: "the smallest size in Ti", object: storage({ size: "1Ti" }) },
  { example: "the largest size in Ti", object: storage({ size: "58Ti" }) },
  { example: "the smallest size in T", object: storage({ size: "1T" }) },
  { example: "the largest size in T", object: storage({ size: "64T" }) },
  { example: "a KMS key by id", object: storage({ kmsKeyID: KEY }) },
  { example: "a KMS key by ARN", object: storage({ kmsKeyID: `${KMS}:key/${KEY}` }) },
  { example: "a KMS key by alias", object: storage({ kmsKeyID: "alias/eks-auto-mode-key" }) },
  { example: "a KMS key by alias ARN", object: storage({ kmsKeyID: `${KMS}:alias/eks-auto-mode-key` }) },
  { example: "a multi-Region KMS key", object: storage({ kmsKeyID: "mrk-1234abcd12ab34cd56ef1234567890ab" }) },
  { example: "a KMS key of another partition", object: storage({ kmsKeyID: `${GOV_KMS}:key/${KEY}` }) },

  // Networking
  { example: "nodes with a public IP", object: networking({ associatePublicIPAddress: true }) },
  { example: "nodes without a public IP", object: networking({ associatePublicIPAddress: false }) },
  { example: "a proxy by IPv4 address", object: proxied("http://192.0.2.4:3128", IPV4_NO_PROXY) },
  { example: "a proxy by IPv6 address", object: proxied("http://[2001:db8::4]:3128", IPV6_NO_PROXY) },
  { example: "a proxy of 255 characters", object: networking({ httpsProxy: `http://${"p".repeat(248)}` }) },
  { example: "50 noProxy entries", object: networking({ noProxy: hosts(50) }) },
  { example: "a noProxy entry of 255 characters", object: networking({ noProxy: ["n".repeat(255)] }) },
  { example: "ipv4PrefixSize Auto", object: networking({ ipv4PrefixSize: "Auto" }) },
  { example: "ipv4PrefixSize 32", object: networking({ ipv4PrefixSize: "32" }) },
  { example: "IPv4 egress from IPv6 pods", object: networking({ enableV4Egress: true }) },
  { example: "no IPv4 egress from IPv6 pods", object: networking({ enableV4Egress: false }) },

  // Static network interfaces
  { example: "AWS's example with 4 EFA devices", object: awsEfaExample() },
  { example: "a p5.48xlarge with its 32 EFA devices", object: interfaces(primary(), efa(0, 1), ...efaCards(1, 31)) },
  { example: "a p5en.48xlarge with its 16 EFA devices", object: interfaces(primary(), efa(0, 1), ...efaCards(1, 15)) },
  { example: "one interface with addresses", object: interfaces(primary({ secondaryIPv4Count: 8 })) },
  { example: "one interface without addresses", object: interfaces(primary({})) },
  {
    example: "one interface with a public IP",
    object: networking({ associatePublicIPAddress: true, networkInterfaces: [primary()] }),
  },
  { example: "prefixes on two interfaces of card 0", object: interfaces(primary(), ena(0, 1, prefixes(2))) },
  { example: "an interface of card 1 without addresses", object: interfaces(primary(), ena(1, 0)) },
  { example: "pod subnets beside static interfaces", object: podInterfaces(primary({}), ena(0, 1, prefixes(1))) },
  {
    example: "pod subnets with an explicit 0 on the primary interface",
    object: podInterfaces(primary({ secondaryIPv4Count: 0 }), ena(0, 1, { secondaryIPv4Count: 8 })),
  },

  // Security, hugepages, certificates, placement, tags
  { example: "FIPS", object: nodeClass({ advancedSecurity: { fips: true } }) },
  { example: "no FIPS", object: nodeClass({ advancedSecurity: { fips: false } }) },
  { example: "hugepages", object: nodeClass({ advancedCompute: PAGES_2MI }) },
  {
    example: "hugepages beside a static interface without EFA",
    object: nodeClass({ advancedCompute: PAGES_2MI, advancedNetworking: { networkInterfaces: [primary()] } }),
  },
  { example: "a certificate bundle", object: trusting({ name: "custom-cert", data: CERTIFICATE }) },
  {
    example: "two certificate bundles",
    object: trusting({ name: "root", data: CERTIFICATE }, { name: "proxy", data: CERTIFICATE }),
  },
  { example: "a placement group by name", object: placed({ name: "ml-training-pg" }) },
  { example: "a placement group by id", object: placed({ id: "pg-02465754522cda020" }) },
  { example: "EC2 tags", object: ec2Tags({ Environment: "production", Team: "platform" }) },
  {
    example: "EC2 tags close to forbidden ones",
    object: ec2Tags({ "karpenter.sh/team": "ml", "kubernetes.io/x": "" }),
  },

  // llm-d
  { example: "an objective of priority 100", object: objective({ poolRef: POOL, priority: 100 }) },
  { example: "an objective of priority 0", object: objective({ poolRef: POOL, priority: 0 }) },
  { example: "an objective of priority -10", object: objective({ poolRef: POOL, priority: -10 }) },
  { example: "an objective without a priority", object: objective({ poolRef: POOL }) },
  { example: "an objective of the lowest priority", object: objective({ poolRef: POOL, priority: -(2 ** 31) }) },
  { example: "an objective of the highest priority", object: objective({ poolRef: POOL, priority: 2 ** 31 - 1 }) },
  { example: "an objective with the default kind of pool", object: objective({ poolRef: { name: "qwen3-32b" } }) },
  { example: "a rewrite to one target", object: rewrite({ matches: [exactly("qwen3")], targets: [to(QWEN)] }) },
  {
    example: "a weighted canary of an adapter",
    object: rewrite({ matches: [exactly("support")], targets: [to("support-v1", 90), to("support-v2", 10)] }),
  },
  { example: "the lowest and the highest weight", object: rewrite({ targets: [to(QWEN, 1), to("qwen3", 1_000_000)] }) },
  { example: "a match of the default type", object: rewrite({ matches: [matching("qwen3")], targets: [to(QWEN)] }) },
  {
    example: "several matches and rules",
    object: rewrite(
      { matches: [exactly("qwen3"), exactly("qwen")], targets: [to(QWEN)] },
      { matches: [exactly("gpt")], targets: [to("openai/gpt-oss-120b")] },
    ),
  },
  { example: "a rewrite of all requests", object: rewrite({ targets: [to(QWEN)] }) },
  {
    example: "a rewrite with the default kind of pool",
    object: rewriteOf({ name: "qwen3-32b" }, { targets: [to(QWEN)] }),
  },
];

/** One object per documented rule, wrong in that one point, with a part of the API server's answer. */
export const rejected: readonly {
  readonly rule: string;
  readonly object: KubernetesObject;
  readonly message: string;
}[] = [
  // Name, role
  { rule: "EKS owns the name default", object: nodeClass({}, "default"), message: `"default" belongs to EKS` },
  { rule: "a role or an instance profile", object: nodeClass({ role: undefined }), message: "are both missing" },
  {
    rule: "not both a role and an instance profile",
    object: nodeClass({ instanceProfile: "eks-gpu-node" }),
    message: "spec.role and spec.instanceProfile exclude each other",
  },
  {
    rule: "a role by name, not by ARN",
    object: nodeClass({ role: `${IAM}:role/gpu-node` }),
    message: "spec.role is the name of an IAM role",
  },
  {
    rule: "an instance profile by name, not by ARN",
    object: profiled(`${IAM}:instance-profile/gpu-node`),
    message: "spec.instanceProfile is the name of an instance profile",
  },

  // Subnets and security groups
  {
    rule: "subnets are required",
    object: nodeClass({ subnetSelectorTerms: undefined }),
    message: "spec.subnetSelectorTerms: Required value",
  },
  {
    rule: "at least one subnet term",
    object: subnets(),
    message: "spec.subnetSelectorTerms in body should have at least",
  },
  { rule: "a subnet term says something", object: subnets({}), message: "a subnet selector term needs exactly one" },
  {
    rule: "a subnet term has an id or tags, not both",
    object: subnets({ id: "subnet-0a", ...tagged("private") }),
    message: "a subnet selector term needs exactly one of id and tags",
  },
  {
    rule: "a subnet term has no name",
    object: subnets({ id: "subnet-0a", name: "private" }),
    message: `unknown field "spec.subnetSelectorTerms[0].name"`,
  },
  { rule: "a subnet id is one", object: subnets({ id: "sg-0a" }), message: "id must be the id of a subnet" },
  {
    rule: "tags of a selector have a key",
    object: subnets({ tags: {} }),
    message: "tags in body should have at least 1",
  },
  {
    rule: "security groups are required",
    object: nodeClass({ securityGroupSelectorTerms: undefined }),
    message: "spec.securityGroupSelectorTerms: Required value",
  },
  {
    rule: "at least one security group term",
    object: groups(),
    message: "spec.securityGroupSelectorTerms in body should have at least",
  },
  {
    rule: "a security group term says something",
    object: groups({}),
    message: "a security group selector term needs exactly one",
  },
  {
    rule: "a security group term has one of id, name and tags",
    object: groups({ id: "sg-0a", name: "eks-nodes" }),
    message: "a security group selector term needs exactly one of id, name and tags",
  },
  {
    rule: "a security group id is one",
    object: groups({ id: "subnet-0a" }),
    message: "id must be the id of a security group",
  },
  {
    rule: "pod subnets need pod security groups",
    object: nodeClass({ podSubnetSelectorTerms: [tagged("pod-subnet")] }),
    message: "spec.podSubnetSelectorTerms and spec.podSecurityGroupSelectorTerms go together",
  },
  {
    rule: "pod security groups need pod subnets",
    object: nodeClass({ podSecurityGroupSelectorTerms: [tagged("eks-pod-sg")] }),
    message: "spec.podSubnetSelectorTerms and spec.podSecurityGroupSelectorTerms go together",
  },

  // Capacity reservations
  {
    rule: "a reservation term says something",
    object: reserved({}),
    message: "a capacity reservation selector term needs exactly one",
  },
  {
    rule: "a reservation term has an id or tags, not both",
    object: reserved({ id: "cr-56fac701cc1951b03", tags: MY_APP }),
    message: "a capacity reservation selector term needs exactly one of id and tags",
  },
  {
    rule: "the owner of a reservation narrows tags",
    object: reserved({ id: "cr-56fac701cc1951b03", owner: "012345678901" }),
    message: "owner narrows a selection by tags",
  },
  {
    rule: "the owner of a reservation is an account",
    object: reserved({ tags: MY_APP, owner: "my-account" }),
    message: "owner must be an AWS account id",
  },
  {
    rule: "a reservation or Capacity Block id starts with cr-",
    object: reserved({ id: "cb-56fac701cc1951b03" }),
    message: "id must be the id of a capacity reservation or Capacity Block",
  },

  // Policies
  {
    rule: "snatPolicy is Random or Disabled",
    object: nodeClass({ snatPolicy: "Enabled" }),
    message: `spec.snatPolicy: Unsupported value: "Enabled"`,
  },
  {
    rule: "networkPolicy is DefaultAllow or DefaultDeny",
    object: nodeClass({ networkPolicy: "Deny" }),
    message: `spec.networkPolicy: Unsupported value: "Deny"`,
  },
  {
    rule: "networkPolicyEventLogs is Disabled or Enabled",
    object: nodeClass({ networkPolicyEventLogs: "On" }),
    message: `spec.networkPolicyEventLogs: Unsupported value: "On"`,
  },

  // Ephemeral storage
  { rule: "a size is at least 1", object: storage({ size: "0Gi" }), message: "ephemeralStorage.size must be" },
  { rule: "a size in Gi is at most 59000", object: storage({ size: "59001Gi" }), message: "1Gi to 59000Gi" },
  { rule: "a size in G is at most 64000", object: storage({ size: "64001G" }), message: "1G to 64000G" },
  { rule: "a size in Ti is at most 58", object: storage({ size: "59Ti" }), message: "1Ti to 58Ti" },
  { rule: "a size in T is at most 64", object: storage({ size: "65T" }), message: "1T to 64T" },
  { rule: "a size has one of four units", object: storage({ size: "80Mi" }), message: "whole number with a unit" },
  { rule: "a size has a unit", object: storage({ size: "80" }), message: "whole number with a unit" },
  { rule: "iops are at least 3000", object: storage({ iops: 2999 }), message: "iops in body should be greater than" },
  { rule: "iops are at most 16000", object: storage({ iops: 16001 }), message: "iops in body should be less than" },
  {
    rule: "throughput is at least 125",
    object: storage({ throughput: 124 }),
    message: "throughput in body should be greater than",
  },
  {
    rule: "throughput is at most 1000",
    object: storage({ throughput: 1001 }),
    message: "throughput in body should be less than",
  },
  {
    rule: "a KMS key has one of four forms",
    object: storage({ kmsKeyID: "eks-auto-mode-key" }),
    message: "ephemeralStorage.kmsKeyID must be a KMS key id",
  },
  {
    rule: "the KMS key belongs to the storage",
    object: nodeClass({ kmsKeyID: KEY }),
    message: `unknown field "spec.kmsKeyID"`,
  },

  // Networking
  {
    rule: "no public IP with several interfaces",
    object: networking({ associatePublicIPAddress: true, networkInterfaces: [primary(), efa(0, 1)] }),
    message: "advancedNetworking.associatePublicIPAddress is not compatible with more than one",
  },
  {
    rule: "a proxy has at most 255 characters",
    object: networking({ httpsProxy: `http://${"p".repeat(249)}` }),
    message: "spec.advancedNetworking.httpsProxy: Too long",
  },
  {
    rule: "at most 50 noProxy entries",
    object: networking({ noProxy: hosts(51) }),
    message: "spec.advancedNetworking.noProxy: Too many",
  },
  {
    rule: "a noProxy entry has at most 255 characters",
    object: networking({ noProxy: ["n".repeat(256)] }),
    message: "spec.advancedNetworking.noProxy[0]: Too long",
  },
  {
    rule: "ipv4PrefixSize is Auto or 32",
    object: networking({ ipv4PrefixSize: "28" }),
    message: `spec.advancedNetworking.ipv4PrefixSize: Unsupported value: "28"`,
  },
  {
    rule: "ipv4PrefixSize is a string",
    object: networking({ ipv4PrefixSize: 32 }),
    message: "spec.advancedNetworking.ipv4PrefixSize: Invalid value",
  },
  {
    rule: "enableV4Egress is a boolean",
    object: networking({ enableV4Egress: "false" }),
    message: "spec.advancedNetworking.enableV4Egress: Invalid value",
  },

  // Static network interfaces
  {
    rule: "the primary interface is an interface",
    object: interfaces(efa(0, 0), ena(0, 1, prefixes(1))),
    message: "the primary interface (networkCardIndex 0, deviceIndex 0) must have",
  },
  {
    rule: "there is a primary interface",
    object: interfaces(ena(0, 1, prefixes(1)), efa(1, 0)),
    message: "advancedNetworking.networkInterfaces has no primary interface",
  },
  {
    rule: "an interface is interface or efa-only",
    object: interfaces(primary(), { ...efa(0, 1), interfaceType: "efa" }),
    message: `interfaceType: Unsupported value: "efa"`,
  },
  {
    rule: "an interface has a type",
    object: interfaces(primary(), { networkCardIndex: 0, deviceIndex: 1 }),
    message: "networkInterfaces[1].interfaceType: Required value",
  },
  {
    rule: "an interface has a network card",
    object: interfaces(primary(), { deviceIndex: 1, interfaceType: "efa-only" }),
    message: "networkInterfaces[1].networkCardIndex: Required value",
  },
  {
    rule: "an interface has a device",
    object: interfaces(primary(), { networkCardIndex: 1, interfaceType: "efa-only" }),
    message: "networkInterfaces[1].deviceIndex: Required value",
  },
  {
    rule: "a place on a network card is taken once",
    object: interfaces(primary(), efa(0, 1), efa(0, 1)),
    message: "networkInterfaces[2]: Duplicate value",
  },
  {
    rule: "an EFA device carries no single addresses",
    object: interfaces(primary(), efa(0, 1, { secondaryIPv4Count: 1 })),
    message: `an "efa-only" interface carries no IP addresses`,
  },
  {
    rule: "an EFA device carries no prefixes",
    object: interfaces(primary(), efa(0, 1, prefixes(1))),
    message: `an "efa-only" interface carries no IP addresses`,
  },
  {
    rule: "single addresses are on card 0 only",
    object: interfaces(primary(), ena(1, 0, { secondaryIPv4Count: 1 })),
    message: "secondaryIPv4Count and secondaryIPv4PrefixCount are for network card 0 only",
  },
  {
    rule: "prefixes are on card 0 only",
    object: interfaces(primary(), ena(1, 0, prefixes(1))),
    message: "secondaryIPv4Count and secondaryIPv4PrefixCount are for network card 0 only",
  },
  {
    rule: "single addresses or prefixes, not both",
    object: interfaces(primary({ secondaryIPv4Count: 1, secondaryIPv4PrefixCount: 1 })),
    message: "secondaryIPv4Count and secondaryIPv4PrefixCount exclude each other",
  },
  {
    rule: "no single addresses on the primary interface with pod subnets",
    object: podInterfaces(primary({ secondaryIPv4Count: 1 }), ena(0, 1, prefixes(1))),
    message: "with spec.podSubnetSelectorTerms the primary interface gets 0 secondary addresses",
  },
  {
    rule: "no prefixes on the primary interface with pod subnets",
    object: podInterfaces(primary(), ena(0, 1, prefixes(1))),
    message: "with spec.podSubnetSelectorTerms the primary interface gets 0 secondary addresses",
  },

  // Hugepages
  {
    rule: "hugepages exclude EFA devices",
    object: nodeClass({
      advancedCompute: PAGES_2MI,
      advancedNetworking: { networkInterfaces: [primary(), efa(0, 1)] },
    }),
    message: `spec.advancedCompute.hugepages and "efa-only" interfaces exclude each other`,
  },
  {
    rule: "hugepages are of 2Mi",
    object: hugepages({ size: "1Gi", count: 4 }),
    message: `pages[0].size: Unsupported value: "1Gi"`,
  },
  { rule: "hugepages have a count", object: hugepages({ size: "2Mi" }), message: "pages[0].count: Required value" },
  { rule: "hugepages have a size", object: hugepages({ count: 1024 }), message: "pages[0].size: Required value" },
  {
    rule: "hugepages are at least one page",
    object: hugepages({ size: "2Mi", count: 0 }),
    message: "pages[0].count in body should be greater than or equal to 1",
  },
  {
    rule: "a size of hugepages is given once",
    object: hugepages({ size: "2Mi", count: 512 }, { size: "2Mi", count: 1024 }),
    message: "pages[1]: Duplicate value",
  },

  // Security, certificates, placement
  {
    rule: "fips is a boolean",
    object: nodeClass({ advancedSecurity: { fips: "true" } }),
    message: "spec.advancedSecurity.fips: Invalid value",
  },
  {
    rule: "a certificate bundle has a name",
    object: trusting({ data: CERTIFICATE }),
    message: "certificateBundles[0].name: Required value",
  },
  {
    rule: "a certificate bundle has data",
    object: trusting({ name: "custom-cert" }),
    message: "certificateBundles[0].data: Required value",
  },
  {
    rule: "a certificate bundle is in base64",
    object: trusting({ name: "custom-cert", data: "-----BEGIN CERTIFICATE-----" }),
    message: "certificateBundles.data must be base64",
  },
  {
    rule: "a placement group selector says something",
    object: placed({}),
    message: "spec.placementGroupSelector needs exactly one",
  },
  {
    rule: "a placement group by name or id, not both",
    object: placed({ name: "ml-training-pg", id: "pg-02465754522cda020" }),
    message: "spec.placementGroupSelector needs exactly one of name and id",
  },
  {
    rule: "a placement group id is one",
    object: placed({ id: "ml-training-pg" }),
    message: "id must be the id of a placement group",
  },

  // Tags
  ...[
    "karpenter.sh/provisioner-name",
    "karpenter.sh/nodepool",
    "karpenter.sh/nodeclaim",
    "karpenter.sh/managed-by",
    "eks.amazonaws.com/nodeclass",
  ].map(key => ({
    rule: `EKS owns the EC2 tag ${key}`,
    object: ec2Tags({ [key]: "gpu-p5" }),
    message: "spec.tags may not have the keys karpenter.sh/provisioner-name",
  })),
  {
    rule: "EKS owns the EC2 tags kubernetes.io/cluster/*",
    object: ec2Tags({ "kubernetes.io/cluster/demo": "owned" }),
    message: `spec.tags may not have keys that start with "kubernetes.io/cluster/"`,
  },

  // Fields of Karpenter's EC2NodeClass that a NodeClass does not have
  ...[
    "amiFamily",
    "amiSelectorTerms",
    "userData",
    "blockDeviceMappings",
    "metadataOptions",
    "kubelet",
    "instanceStorePolicy",
    "detailedMonitoring",
  ].map(field => ({
    rule: `no ${field}`,
    object: nodeClass({ [field]: "any" }),
    message: `unknown field "spec.${field}"`,
  })),
  {
    rule: "no unknown field in a group of fields",
    object: networking({ httpProxy: "http://192.0.2.4:3128" }),
    message: `unknown field "spec.advancedNetworking.httpProxy"`,
  },

  // llm-d
  {
    rule: "an objective has a pool",
    object: objective({ priority: 100 }),
    message: "spec.poolRef: Required value",
  },
  {
    rule: "the pool of an objective has a name",
    object: objective({ poolRef: { ...POOL, name: undefined } }),
    message: "spec.poolRef.name: Required value",
  },
  {
    rule: "the name of a pool is not empty",
    object: objective({ poolRef: { ...POOL, name: "" } }),
    message: "spec.poolRef.name in body should be at least 1 chars",
  },
  {
    rule: "the group of a pool is a domain name",
    object: objective({ poolRef: { ...POOL, group: "inference.networking.k8s.io/v1" } }),
    message: "spec.poolRef.group in body should match",
  },
  {
    rule: "the kind of a pool is a kind",
    object: objective({ poolRef: { ...POOL, kind: "inference.pool" } }),
    message: "spec.poolRef.kind in body should match",
  },
  {
    rule: "a priority is a number",
    object: objective({ poolRef: POOL, priority: "high" }),
    message: "spec.priority: Invalid value",
  },
  {
    rule: "a priority has 32 bits",
    object: objective({ poolRef: POOL, priority: 2 ** 31 }),
    message: "spec.priority in body should be less than or equal to",
  },
  {
    rule: "an objective has no criticality",
    object: objective({ poolRef: POOL, criticality: "Critical" }),
    message: `unknown field "spec.criticality"`,
  },
  {
    rule: "an objective has no model name",
    object: objective({ poolRef: POOL, modelName: "qwen3" }),
    message: `unknown field "spec.modelName"`,
  },
  {
    rule: "a rewrite has a pool",
    object: rewriteOf(undefined, { targets: [to(QWEN)] }),
    message: "spec.poolRef: Required value",
  },
  {
    rule: "the pool of a rewrite has a name",
    object: rewriteOf({ kind: "InferencePool" }, { targets: [to(QWEN)] }),
    message: "spec.poolRef.name: Required value",
  },
  {
    rule: "a rewrite has rules",
    object: llmd("InferenceModelRewrite", { poolRef: POOL }),
    message: "spec.rules: Required",
  },
  {
    rule: "a match is Exact",
    object: rewrite({ matches: [{ model: { type: "Prefix", value: "qwen" } }], targets: [to(QWEN)] }),
    message: `matches[0].model.type: Unsupported value: "Prefix"`,
  },
  {
    rule: "a match has a model",
    object: rewrite({ matches: [{}], targets: [to(QWEN)] }),
    message: "matches[0].model: Required value",
  },
  {
    rule: "a match has a value",
    object: rewrite({ matches: [{ model: { type: "Exact" } }], targets: [to(QWEN)] }),
    message: "matches[0].model.value: Required value",
  },
  {
    rule: "the value of a match is not empty",
    object: rewrite({ matches: [exactly("")], targets: [to(QWEN)] }),
    message: "matches[0].model.value in body should be at least 1 chars",
  },
  {
    rule: "a rule has a target",
    object: rewrite({ matches: [exactly("qwen3")], targets: [] }),
    message: "targets in body should have at least 1 items",
  },
  {
    rule: "a target has a model",
    object: rewrite({ targets: [{ weight: 1 }] }),
    message: "targets[0].modelRewrite: Required value",
  },
  {
    rule: "a weight is at least 1",
    object: rewrite({ targets: [to(QWEN, 0), to("qwen3", 1)] }),
    message: "targets[0].weight in body should be greater than or equal to 1",
  },
  {
    rule: "a weight is at most 1000000",
    object: rewrite({ targets: [to(QWEN, 1_000_001), to("qwen3", 1)] }),
    message: "targets[0].weight in body should be less than or equal to",
  },
  {
    rule: "all targets of a rule have a weight or none has",
    object: rewrite({ targets: [to(QWEN, 90), to("qwen3")] }),
    message: "weight is given for some targets only",
  },
];

/** The recommended class of a p5 pool with some fields replaced; a field set to undefined is left out. */
function nodeClass(patch: Fields = {}, name = "gpu-p5"): KubernetesObject {
  const recommended = {
    role: "gpu-node",
    subnetSelectorTerms: [{ id: "subnet-0123456789abcdef0" }],
    securityGroupSelectorTerms: [{ id: "sg-0123456789abcdef0" }, { id: "sg-0fedcba9876543210" }],
    ephemeralStorage: { size: "80Gi", kmsKeyID: `${KMS}:key/${KEY}` },
  };
  return {
    apiVersion: "eks.amazonaws.com/v1",
    kind: "NodeClass",
    metadata: { name },
    spec: { ...recommended, ...patch },
  };
}

function profiled(instanceProfile: string): KubernetesObject {
  return nodeClass({ role: undefined, instanceProfile });
}

function tagged(name: string): Fields {
  return { tags: { Name: name, "kubernetes.io/role/internal-elb": "1" } };
}

function subnets(...terms: readonly Fields[]): KubernetesObject {
  return nodeClass({ subnetSelectorTerms: terms });
}

function groups(...terms: readonly Fields[]): KubernetesObject {
  return nodeClass({ securityGroupSelectorTerms: terms });
}

function podNetwork(subnet: Fields, group: Fields): KubernetesObject {
  return nodeClass({ podSubnetSelectorTerms: [subnet], podSecurityGroupSelectorTerms: [group] });
}

function reserved(...terms: readonly Fields[]): KubernetesObject {
  return nodeClass({ capacityReservationSelectorTerms: terms });
}

function storage(ephemeralStorage: Fields): KubernetesObject {
  return nodeClass({ ephemeralStorage });
}

function networking(advancedNetworking: Fields): KubernetesObject {
  return nodeClass({ advancedNetworking });
}

function proxied(httpsProxy: string, noProxy: readonly string[]): KubernetesObject {
  return networking({ httpsProxy, noProxy });
}

function hosts(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `host-${i}.internal`);
}

function hugepages(...pages: readonly Fields[]): KubernetesObject {
  return nodeClass({ advancedCompute: { hugepages: { pages } } });
}

function trusting(...certificateBundles: readonly Fields[]): KubernetesObject {
  return nodeClass({ certificateBundles });
}

function placed(placementGroupSelector: Fields): KubernetesObject {
  return nodeClass({ placementGroupSelector });
}

function ec2Tags(tags: Fields): KubernetesObject {
  return nodeClass({ tags });
}

function interfaces(...networkInterfaces: readonly Fields[]): KubernetesObject {
  return networking({ networkInterfaces });
}

function podInterfaces(...networkInterfaces: readonly Fields[]): KubernetesObject {
  const { spec } = podNetwork(tagged("pod-subnet"), tagged("eks-pod-sg"));
  return nodeClass({ ...spec, advancedNetworking: { networkInterfaces } });
}

/** The interface of card 0, device 0; one /28 prefix gives 16 pod addresses. */
function primary(counts: Fields = prefixes(1)): Fields {
  return ena(0, 0, counts);
}

function prefixes(secondaryIPv4PrefixCount: number): Fields {
  return { secondaryIPv4PrefixCount };
}

function ena(networkCardIndex: number, deviceIndex: number, counts: Fields = {}): Fields {
  return { networkCardIndex, deviceIndex, interfaceType: "interface", ...counts };
}

function efa(networkCardIndex: number, deviceIndex: number, counts: Fields = {}): Fields {
  return { networkCardIndex, deviceIndex, interfaceType: "efa-only", ...counts };
}

/** One EFA device on each network card from first to last. */
function efaCards(first: number, last: number): readonly Fields[] {
  return Array.from({ length: last - first + 1 }, (_, i) => efa(first + i, 0));
}

/** The class in "Manage EFA devices on Amazon EKS". */
function awsEfaExample(): KubernetesObject {
  return nodeClass({
    role: "MyNodeRole",
    subnetSelectorTerms: [{ tags: { Name: "private-subnet" } }],
    securityGroupSelectorTerms: [{ tags: { Name: "efa-security-group" } }],
    ephemeralStorage: undefined,
    placementGroupSelector: { name: "ml-training-pg" },
    advancedNetworking: { networkInterfaces: [primary(), efa(0, 1), ...efaCards(1, 3)] },
  });
}

/** An object of llm-d's API group in the namespace every API server has. */
function llmd(kind: string, spec: Fields): KubernetesObject {
  return { apiVersion: "llm-d.ai/v1alpha2", kind, metadata: { name: "qwen3-32b", namespace: "default" }, spec };
}

function objective(spec: Fields): KubernetesObject {
  return llmd("InferenceObjective", spec);
}

function rewrite(...rules: readonly Fields[]): KubernetesObject {
  return rewriteOf(POOL, ...rules);
}

function rewriteOf(poolRef: Fields | undefined, ...rules: readonly Fields[]): KubernetesObject {
  return llmd("InferenceModelRewrite", { poolRef, rules });
}

function exactly(value: string): Fields {
  return { model: { type: "Exact", value } };
}

function matching(value: string): Fields {
  return { model: { value } };
}

function to(modelRewrite: string, weight?: number): Fields {
  return { modelRewrite, weight };
}
