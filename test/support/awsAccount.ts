/** What AWS answers a program about the account it deploys to. */
import { type Answers, refusal } from "./mockedProgram";

export const CALLER = "aws:index/getCallerIdentity:getCallerIdentity";
export const QUOTA = "aws:servicequotas/getServiceQuota:getServiceQuota";
export const VERSIONS = "aws:eks/getClusterVersions:getClusterVersions";

export const CLUSTER = "aws:eks/getCluster:getCluster";
export const CLUSTERS = "aws:eks/getClusters:getClusters";
export const ENTRY = "aws:eks/getAccessEntry:getAccessEntry";

export const DEPLOYER = "arn:aws:sts::111122223333:assumed-role/deployer/alice";

/** An account with room for everything, and nothing in it. */
export const accountAnswers = (changes: Answers = {}): Answers => ({
  [CALLER]: () => ({ arn: DEPLOYER, accountId: "111122223333", userId: "AROA:alice", id: "111122223333" }),
  [VERSIONS]: () => ({
    clusterVersions: [
      { clusterVersion: "1.36", endOfStandardSupportDate: "2027-08-02T00:00:00Z" },
      { clusterVersion: "1.35", endOfStandardSupportDate: "2027-03-27" },
    ],
  }),
  [QUOTA]: () => ({ value: 1000 }),
  [CLUSTERS]: () => ({ names: [] }),
  ...changes,
});

/** Refuses as AWS does those who may not ask. */
export const denied = (action: string) => () => {
  throw refusal(`AccessDeniedException: User: ${DEPLOYER} is not authorized to perform: ${action}`);
};
