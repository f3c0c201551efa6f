import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { STORAGE_CLASS, StorageClass } from "../../infra/storageClass";
import { only, type Registered, registeredBy, settled } from "../support/mockedProgram";

const COMPONENT = "llmd:infra:StorageClass";
const CLASS = "kubernetes:storage.k8s.io/v1:StorageClass";

describe("the storage class", () => {
  let registered: Registered[];
  let component: StorageClass;

  let kubernetes: k8s.Provider;
  /** What the class is made with: the mocks do not see it. */
  let provider: unknown;

  before(async () => {
    const record: pulumi.ResourceTransformation = ({ type, opts }) => {
      if (type === CLASS) ({ provider } = opts as pulumi.CustomResourceOptions);
      return undefined;
    };
    registered = await registeredBy(() => {
      kubernetes = new k8s.Provider("cluster", { kubeconfig: "{}" });
      component = new StorageClass(STORAGE_CLASS, { kubernetes }, { transformations: [record] });
    });
  });

  it("makes encrypted gp3 volumes where their pods start, on Auto Mode nodes only, by default", () =>
    assert.deepEqual(only(registered, CLASS).inputs, {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: {
        name: "llmd-gp3",
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
      provisioner: "ebs.csi.eks.amazonaws.com",
      volumeBindingMode: "WaitForFirstConsumer",
      parameters: { type: "gp3", encrypted: "true" },
      allowedTopologies: [{ matchLabelExpressions: [{ key: "eks.amazonaws.com/compute-type", values: ["auto"] }] }],
      allowVolumeExpansion: true,
      reclaimPolicy: "Delete",
    }));

  it("goes to the cluster it is given, under its component", () => {
    assert.equal(provider, kubernetes);
    assert.equal(only(registered, CLASS).parent, `${COMPONENT}::llmd-gp3`);
  });

  it("hands over its name", async () => assert.equal(await settled(component.name), "llmd-gp3"));
});
