/** What an engine's environment holds, and what a refusal must leave as it was. */
import assert from "node:assert/strict";
import type { AwsResource } from "../../rehearsal/doubles/aws/account";
import type { OperationResult } from "../../rehearsal/engine/pulumi";
import type { EngineUnderTest, StateResource } from "./engine";

interface Holdings {
  /** What stands in the pretended account. */
  readonly account: readonly AwsResource[];
  /** What came to the API server since the environment started. */
  readonly objects: readonly string[];
  /** The NodePools among them, whole. */
  readonly nodePools: unknown;
  /** What the states of all layers know of. */
  readonly state: readonly StateResource[];
}

/** What controllers make of other objects, at times of their own. */
const OF_CONTROLLERS = /^(Pod|ReplicaSet|EndpointSlice|Endpoints|ControllerRevision)\./;

export const NOTHING: Holdings = { account: [], objects: [], nodePools: [], state: [] };

export async function holdings({ environment, standing }: EngineUnderTest): Promise<Holdings> {
  const { api } = environment.cluster;
  const objects = [...(await api.inventory())].filter(
    object => !environment.before.has(object) && !OF_CONTROLLERS.test(object),
  );
  const { items } = await api.call("GET", "/apis/karpenter.sh/v1/nodepools");
  return {
    account: environment.account.everything(),
    objects: objects.sort(),
    nodePools: items,
    state: ["infra", "platform", "workloads"].flatMap(standing),
  };
}

/** Asserts that the operation fails with these messages and leaves everything exactly as it was. */
export async function refused(
  engine: EngineUnderTest,
  operation: () => Promise<OperationResult>,
  ...messages: readonly RegExp[]
): Promise<void> {
  const before = await holdings(engine);
  const { exitCode, output } = await operation();
  assert.equal(exitCode, 1, output);
  for (const message of messages) assert.match(output, message);
  assert.deepEqual(await holdings(engine), before);
}

/** The same on an empty environment, which stays empty. */
export async function refusedOnEmpty(...refusal: Parameters<typeof refused>): Promise<void> {
  await refused(...refusal);
  assert.deepEqual(await holdings(refusal[0]), NOTHING);
}
