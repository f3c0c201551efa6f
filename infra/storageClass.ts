/** The cluster's StorageClass: EKS Auto Mode makes none. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

export interface StorageClassArgs {
  /** The cluster's provider. */
  readonly kubernetes: k8s.Provider;
}

/** AWS, EKS user guide, "Create a storage class": the driver built into Auto Mode; `ebs.csi.aws.com` is another one. */
const PROVISIONER = "ebs.csi.eks.amazonaws.com";

/** Encrypted gp3 volumes, the default of the cluster. Costs nothing by itself; volumes are usage of who claims them. */
export class StorageClass extends pulumi.ComponentResource {
  /** What claims name; also what they get without naming any. */
  readonly name: pulumi.Output<string>;

  constructor(name: string, { kubernetes }: StorageClassArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:infra:StorageClass", name, {}, opts);
    const storageClass = new k8s.storage.v1.StorageClass(
      name,
      {
        metadata: { name, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
        provisioner: PROVISIONER,
        // A volume lives in one zone: it is made where its pod starts.
        volumeBindingMode: "WaitForFirstConsumer",
        parameters: { type: "gp3", encrypted: "true" },
        // The driver's volumes attach to Auto Mode nodes only.
        allowedTopologies: [{ matchLabelExpressions: [{ key: "eks.amazonaws.com/compute-type", values: ["auto"] }] }],
        allowVolumeExpansion: true,
        reclaimPolicy: "Delete",
      },
      { parent: this, provider: kubernetes },
    );
    this.name = storageClass.metadata.name;
    this.registerOutputs({ name: this.name });
  }
}

/** Name of the cluster's StorageClass. */
export const STORAGE_CLASS = "llmd-gp3";
