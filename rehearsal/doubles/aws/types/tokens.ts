/** Tokens of the types that rows of other files refer to. */
export const VPC = "aws:ec2/vpc:Vpc";
export const SUBNET = "aws:ec2/subnet:Subnet";
export const ROUTE_TABLE = "aws:ec2/routeTable:RouteTable";
export const INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway";
export const ELASTIC_IP = "aws:ec2/eip:Eip";
export const NAT_GATEWAY = "aws:ec2/natGateway:NatGateway";
export const SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup";
export const ROLE = "aws:iam/role:Role";
export const POLICY = "aws:iam/policy:Policy";
export const OIDC_PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider";
export const KMS_KEY = "aws:kms/key:Key";
export const ACCESS_ENTRY = "aws:eks/accessEntry:AccessEntry";
export const CLUSTER = "aws:eks/cluster:Cluster";
export const SECRET = "aws:secretsmanager/secret:Secret";
