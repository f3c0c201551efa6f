/** Layer 2: definitions, Istio, inference gateway. */
import "../contracts/stackTraces";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PINS } from "../catalog/versions";
import type { Exported, PlatformOutputs } from "../contracts/outputs";
import { CHANGED_IN_PLACE, upstream } from "../contracts/upstream";
import { Definitions } from "./definitions";
import { InferenceGateway } from "./gateway";
import { Istio } from "./istio";
import { Namespaces } from "./namespaces";
import { readPlatformSettings } from "./settings";

readPlatformSettings();
const infra = upstream("infra");
const kubernetes = new k8s.Provider("cluster", { kubeconfig: infra.get("kubeconfig"), ...CHANGED_IN_PLACE });

const { names } = new Namespaces("namespaces", { kubernetes });
const definitions = new Definitions("definitions", { kubernetes });
const istio = new Istio("istio", { kubernetes, namespace: names.istio });
const { gateway, url } = new InferenceGateway(
  "inference-gateway",
  { kubernetes, namespace: names.gateway },
  { dependsOn: [definitions, istio] },
);

const outputs: Exported<PlatformOutputs> = {
  bill: infra.get("bill"),
  gateway,
  gatewayUrl: url,
  namespaces: pulumi.output({ models: names.models }),
  versions: Object.fromEntries(Object.entries(PINS).map(([name, { version }]) => [name, version])),
};

export = outputs;
