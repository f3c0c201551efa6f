/** Layer 2: definitions, Istio, inference gateway. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PINS } from "../catalog/versions";
import type { Exported, InfraOutputs, PlatformOutputs } from "../contracts/outputs";
import { upstream } from "../contracts/upstream";
import { Definitions } from "./definitions";
import { GATEWAY, gatewayUrl, InferenceGateway } from "./gateway";
import { Istio } from "./istio";
import { readPlatformSettings } from "./settings";

readPlatformSettings();
const infra = upstream<InfraOutputs>("infra");
const kubernetes = new k8s.Provider("cluster", { kubeconfig: infra.get("kubeconfig") });

const definitions = new Definitions("definitions", { kubernetes });
const istio = new Istio("istio", { kubernetes });
new InferenceGateway("inference-gateway", { kubernetes }, { dependsOn: [definitions, istio] });
const models = new k8s.core.v1.Namespace("models", { metadata: { name: "llm-d" } }, { provider: kubernetes });

const outputs: Exported<PlatformOutputs> = {
  bill: infra.get("bill"),
  gateway: GATEWAY,
  gatewayUrl,
  namespaces: pulumi.output({ models: models.metadata.name }),
  versions: Object.fromEntries(Object.entries(PINS).map(([name, { version }]) => [name, version])),
};

export = outputs;
