import assert from "node:assert/strict";
import { eksDouble } from "../../../rehearsal/doubles/eks";
import type { WireObject } from "../../../rehearsal/doubles/protocol/wire";
import { constructCluster, goodCluster } from "../../support/eksCluster";

describe("the eks double's Cluster, in a form that the product does not use,", () => {
  const PAIR =
    'eks.Cluster: "computeConfig.nodePools" and "computeConfig.nodeRoleArn" must both be given or both be empty';
  const autoMode = (changes: WireObject) => ({ autoMode: { ...(goodCluster().autoMode as WireObject), ...changes } });
  const refused: readonly { what: string; changes: WireObject; message: string }[] = [
    {
      what: "a cluster without Auto Mode",
      changes: autoMode({ enabled: false }),
      message: 'the eks double knows only clusters with "autoMode.enabled: true"',
    },
    {
      what: "Auto Mode without access entries",
      changes: { authenticationMode: "CONFIG_MAP" },
      message: 'eks.Cluster rejects autoMode unless "authenticationMode" is API or API_AND_CONFIG_MAP',
    },
    {
      what: "the component's own node role",
      changes: autoMode({ createNodeRole: undefined }),
      message:
        'the eks double knows only "autoMode.createNodeRole: false": the component\'s own node role makes "nodePools: []" fail',
    },
    {
      what: "the component's own service role",
      changes: { serviceRole: undefined },
      message:
        'the eks double knows only clusters with their own "serviceRole": the component\'s lacks AmazonEKSBlockStoragePolicyV2',
    },
    {
      what: "node pools without a role",
      changes: autoMode({ computeConfig: { nodePools: ["system"] } }),
      message: PAIR,
    },
    { what: "the pools by default without a role", changes: autoMode({ computeConfig: undefined }), message: PAIR },
    {
      what: "a node role without pools",
      changes: autoMode({ computeConfig: { nodePools: [], nodeRoleArn: "arn:node" } }),
      message: PAIR,
    },
    {
      what: "ranges for an endpoint that is not public",
      changes: { endpointPublicAccess: false, publicAccessCidrs: ["198.51.100.0/24"] },
      message: "eks.Cluster: `publicAccessCidrs` can only be set when `endpointPublicAccess` is true",
    },
    {
      what: "two things at once, naming both",
      changes: { authenticationMode: undefined, serviceRole: undefined },
      message:
        'eks.Cluster rejects autoMode unless "authenticationMode" is API or API_AND_CONFIG_MAP; the eks double knows only ' +
        'clusters with their own "serviceRole": the component\'s lacks AmazonEKSBlockStoragePolicyV2',
    },
  ];
  for (const { what, changes, message } of refused)
    it(`refuses ${what}`, () => assert.rejects(constructCluster(goodCluster(changes)), { message }));

  it("refuses an explicit aws provider without providerCredentialOpts, and takes one with", async () => {
    const explicitProviders = ["aws"];
    await assert.rejects(constructCluster(goodCluster(), { explicitProviders }), {
      message: 'eks.Cluster with an explicit aws provider needs "providerCredentialOpts"',
    });
    await constructCluster(goodCluster({ providerCredentialOpts: {} }), { explicitProviders });
    await constructCluster(goodCluster(), { explicitProviders: ["kubernetes"] });
  });

  it("is the only component the double knows", () =>
    assert.rejects(constructCluster({}, {}, "eks:index:NodeGroupV2"), {
      message:
        'the eks double does not know the component "eks:index:NodeGroupV2": add it to the double, or use one that it knows',
    }));

  it("leaves resources to others", async () => {
    const resource = { type: "eks:index:Other", name: "other", urn: "urn:other", id: "other" };
    const [inputs, state] = [{}, {}];
    const message =
      'the eks double does not know the resource type "eks:index:Other": add it to the double, or use one that it knows';
    for (const attempt of [
      () => eksDouble.check(resource, inputs, undefined),
      () => eksDouble.diff({ ...resource, oldInputs: {}, newInputs: {}, changed: ["a"] }),
      () => eksDouble.create({ ...resource, inputs, preview: true }),
      () => eksDouble.update({ ...resource, inputs, state, preview: true }),
      () => eksDouble.delete({ ...resource, state }),
    ])
      await assert.rejects(async () => attempt(), { message });
  });
});
