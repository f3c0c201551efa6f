/** Checks before anything is made. */

import * as pulumi from "@pulumi/pulumi";
import type * as aws from "../contracts/aws";
import { ConfigError } from "../contracts/settings";
import { type AccountFacts, lookUpAccount } from "./account";
import { accountFindings, type Findings, quotaNeeds } from "./checks";
import { deployerFindings } from "./deployer";
import type { InfraSettings } from "./settings";

/**
 * Checks the account and the deploying machine, and logs what does not stop the stack.
 * @param name of the cluster.
 * @throws ConfigError with the problems of both.
 */
export async function preflight(settings: InfraSettings, name: string, provider: aws.Provider): Promise<AccountFacts> {
  const needs = quotaNeeds(settings);
  const account = await lookUpAccount(
    provider,
    name,
    needs.map(({ quota }) => quota),
  );
  const deployer = await deployerFindings(settings.cluster.endpoint, account.cluster);
  await report([accountFindings(settings, needs, account), deployer]);
  return account;
}

async function report(all: readonly Findings[]): Promise<void> {
  const problems = all.flatMap(found => found.problems);
  if (problems.length > 0) throw new ConfigError(problems);
  for (const warning of all.flatMap(({ warnings }) => warnings)) await pulumi.log.warn(warning);
  for (const notice of all.flatMap(({ notices }) => notices)) await pulumi.log.info(notice);
}
