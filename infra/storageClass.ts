/** StorageClass of the cluster: EKS Auto Mode makes none. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

interface StorageClassArgs {
  /** Provider of the cluster. */
  readonly kubernetes: k8s.Provider;
}

/** The driver built into Auto Mode; `ebs.csi.aws.com` is another one. AWS, EKS user guide, "Create a storage class". */
const PROVISIONER = "ebs.csi.eks.amazonaws.com";

/** Encrypted gp3 volumes, the cluster's default. Costs nothing by itself; volumes are billed when they are claimed. */
export class StorageClass extends pulumi.ComponentResource {
  /** Name of the class. Claims without a class get it, too. */
  readonly name: pulumi.Output<string>;

  constructor(name: string, { kubernetes }: StorageClassArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:infra:StorageClass", name, {}, opts);
    const storageClass = new k8s.storage.v1.StorageClass(
      name,
      {
        metadata: { name, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
        provisioner: PROVISIONER,
        // A volume is in one zone: it is made in the zone of its pod.
        volumeBindingMode: "WaitForFirstConsumer",
        parameters: { type: "gp3", encrypted: "true" },
        // Volumes of the driver attach to Auto Mode nodes only.
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
