import assert from "node:assert/strict";
import { changesOf } from "../../../../rehearsal/doubles/protocol/server";
import type { WireObject } from "../../../../rehearsal/doubles/protocol/wire";
import { TestKubernetes } from "../../../support/kubernetes";

const RESOURCE = {
  type: "kubernetes:apps/v1:DeploymentPatch",
  name: "groups-placement",
  urn: "urn:pulumi:dev::llmd-platform::kubernetes:apps/v1:DeploymentPatch::groups-placement",
};

const LABELS = { app: "groups" };

/** As a chart makes it. */
const deployment = (namespace: string, image: string): WireObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "groups", namespace },
  spec: {
    selector: { matchLabels: LABELS },
    template: { metadata: { labels: LABELS }, spec: { containers: [{ name: "manager", image }] } },
  },
});

const patch = (namespace: string, seconds: number): WireObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "groups", namespace },
  spec: { template: { spec: { terminationGracePeriodSeconds: seconds } } },
});

interface Live {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly { readonly image: string }[];
      };
    };
  };
}

describe("the kubernetes double's patches of Deployments", () => {
  const kubernetes = TestKubernetes.forSuite();
  let namespace: string;

  beforeEach(async () => {
    namespace = await kubernetes.namespace();
  });

  afterEach(() => kubernetes.cleanUp());

  const podSpec = async () => {
    const live = await kubernetes.live(deployment(namespace, ""));
    return (live as unknown as Live).spec.template.spec;
  };

  const make = async (inputs: WireObject) => kubernetes.double.create({ ...RESOURCE, inputs, preview: false });

  it("are applied to an object of another maker, and stay when that is created again", async () => {
    await kubernetes.apply(deployment(namespace, "manager:1") as never);
    const { id } = await make(patch(namespace, 7));
    assert.equal(id, `${namespace}/groups`);
    await kubernetes.apply(deployment(namespace, "manager:2") as never);
    const { terminationGracePeriodSeconds, containers } = await podSpec();
    assert.equal(terminationGracePeriodSeconds, 7);
    assert.equal(containers[0]?.image, "manager:2");
  });

  it("change in place, and are another patch for another object", async () => {
    await kubernetes.apply(deployment(namespace, "manager:1") as never);
    const { id, outputs: state } = await make(patch(namespace, 7));
    const changed = { ...RESOURCE, id, state, inputs: patch(namespace, 8) };
    await kubernetes.double.update({ ...changed, preview: false });
    assert.equal((await podSpec()).terminationGracePeriodSeconds, 8);
    const diffOf = (paths: readonly string[]) =>
      kubernetes.double.diff({ ...changed, oldInputs: patch(namespace, 7), newInputs: changed.inputs, changed: paths });
    assert.deepEqual(await diffOf(["spec.template.spec.terminationGracePeriodSeconds"]), {
      replaces: [],
      deleteBeforeReplace: false,
    });
    assert.deepEqual((await diffOf(["metadata.name"])).replaces, ["metadata.name"]);
  });

  it("are nothing to change as long as they lie there, whatever else the object has", async () => {
    await kubernetes.apply(deployment(namespace, "manager:1") as never);
    const inputs = patch(namespace, 7);
    const { id, outputs: state } = await make(inputs);
    const asked = { ...RESOURCE, id, state, oldInputs: inputs, newInputs: inputs };
    assert.deepEqual([...(await changesOf(kubernetes.double, asked, []))], []);
  });

  it("are rejected where they change a container that is not the first: each up would propose them again", async () => {
    await kubernetes.apply(deployment(namespace, "manager:1") as never);
    const beside = { spec: { template: { spec: { containers: [{ name: "proxy", image: "proxy:1" }] } } } };
    await assert.rejects(make({ ...patch(namespace, 7), ...beside }), {
      message:
        `every "pulumi up" would update Deployment "groups" in namespace "${namespace}", because the API server keeps ` +
        "other values than the program gives:\n" +
        '  spec.template.spec.containers[0].name: "proxy" in the program, "manager" on the API server\n' +
        '  spec.template.spec.containers[0].image: "proxy:1" in the program, "manager:1" on the API server\n' +
        "Remove the values that it drops, and write the others as it keeps them.",
    });
  });

  it("give their fields back when they are deleted, and leave the object", async () => {
    await kubernetes.apply(deployment(namespace, "manager:1") as never);
    const { id, outputs: state } = await make(patch(namespace, 7));
    await kubernetes.double.delete({ ...RESOURCE, id, state });
    const { terminationGracePeriodSeconds, containers } = await podSpec();
    assert.equal(terminationGracePeriodSeconds, 30);
    assert.equal(containers.length, 1);
  });

  it("are not tried in a preview, where there may be nothing to lie over yet", async () => {
    const inputs = patch(namespace, 7);
    assert.deepEqual((await kubernetes.double.create({ ...RESOURCE, inputs, preview: true })).outputs, inputs);
  });

  it("fail where there is nothing to lie over, since a part of an object is none", async () =>
    assert.rejects(make(patch(namespace, 7)), { message: /spec\.selector: Required value/ }));

  it("have to name their object", async () =>
    assert.throws(
      () => kubernetes.double.check(RESOURCE, { ...patch(namespace, 7), metadata: { namespace } }, undefined),
      {
        message: "patch resources require the metadata.name field to be set",
      },
    ));
});
