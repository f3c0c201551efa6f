import assert from "node:assert/strict";
import { MetricsServer } from "../../infra/metricsServer";
import { only, type Registered, registeredBy } from "../support/mockedProgram";

const ADDON = "aws:eks/addon:Addon";
const NAME = "llmd-dev-metrics-server";

describe("the metrics server", () => {
  let registered: Registered[];

  before(async () => {
    registered = await registeredBy(() => new MetricsServer(NAME, { clusterName: "llmd-dev" }));
  });

  it("is EKS's add-on of its cluster, in the version EKS picks, whatever was there before", () => {
    assert.deepEqual(only(registered, ADDON).inputs, {
      clusterName: "llmd-dev",
      addonName: "metrics-server",
      resolveConflictsOnCreate: "OVERWRITE",
      resolveConflictsOnUpdate: "OVERWRITE",
      tags: { Name: NAME },
    });
    assert.equal(only(registered, ADDON).parent, `llmd:infra:MetricsServer::${NAME}`);
  });
});
