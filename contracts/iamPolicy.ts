/** IAM policy documents as typed data. */

/** Operator to condition key to the values it compares with. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** A statement of a policy that hangs on a role. */
export interface Statement {
  /** Letters and digits only; one of its kind in a document. */
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  /** ARNs; `*` only where AWS knows no narrower resource for any of the actions. */
  readonly Resource: readonly string[];
  readonly Condition?: Conditions;
}

/** A statement of who may take on a role. */
export interface TrustStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Principal: Readonly<Record<string, string>>;
  readonly Action: readonly string[];
  readonly Condition: Conditions;
}

/** A statement of a bucket's own policy, which narrows what everyone's roles allow. */
export interface DenyStatement {
  readonly Sid: string;
  readonly Effect: "Deny";
  readonly Principal: "*";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition: Conditions;
}

/** A policy as AWS takes it. */
export const policyDocument = (statements: readonly (Statement | TrustStatement | DenyStatement)[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** Pods of one cluster. AWS, EKS user guide, "EKS Pod Identity": sessions carry the pod's cluster, namespace, … as tags. */
export const podTrust = (accountId: string, clusterArn: string): TrustStatement => ({
  Sid: "PodsOfTheCluster",
  Effect: "Allow",
  Principal: { Service: "pods.eks.amazonaws.com" },
  Action: ["sts:AssumeRole", "sts:TagSession"],
  Condition: { StringEquals: { "aws:SourceAccount": accountId }, ArnEquals: { "aws:SourceArn": clusterArn } },
});
