/** Service quotas of the simulated account. */

export interface Quota {
  /** Name in Service Quotas. */
  readonly name: string;
  /** Value that AWS gives a new account. */
  readonly defaultValue: number;
  /** Value that the simulated account was granted. */
  readonly value: number;
}

export const SERVICES: Readonly<Record<string, string>> = {
  ec2: "Amazon Elastic Compute Cloud (Amazon EC2)",
  vpc: "Amazon Virtual Private Cloud (Amazon VPC)",
};

/** Quotas by `service/code`; enough for the stack files of this repository. EC2 user guide, "EC2 instance quotas". */
export const QUOTAS: Readonly<Record<string, Quota>> = {
  "ec2/L-417A185B": { name: "Running On-Demand P instances", defaultValue: 0, value: 1152 },
  "ec2/L-7212CCBC": { name: "All P Spot Instance Requests", defaultValue: 0, value: 1152 },
  "ec2/L-DB2E81BA": { name: "Running On-Demand G and VT instances", defaultValue: 0, value: 768 },
  "ec2/L-3819A6DF": { name: "All G and VT Spot Instance Requests", defaultValue: 0, value: 768 },
  "ec2/L-1216C47A": {
    name: "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
    defaultValue: 5,
    value: 256,
  },
  "ec2/L-34B43A08": {
    name: "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests",
    defaultValue: 5,
    value: 256,
  },
  "ec2/L-0263D0A3": { name: "EC2-VPC Elastic IPs", defaultValue: 5, value: 20 },
  "vpc/L-F678F1CE": { name: "VPCs per Region", defaultValue: 5, value: 10 },
};
