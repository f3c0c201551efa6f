import assert from "node:assert/strict";
import type * as pulumi from "@pulumi/pulumi";
import type { InfraOutputs, ModelEndpoint, PlatformOutputs } from "../../contracts/outputs";
import { ModelService } from "../../workloads/modelService";
import { P5_POOL } from "../support/infraOutputs";
import {
  assertNamed,
  inputsOf,
  ofType,
  only,
  type Registered,
  registeredBy,
  secretValue,
  settled,
} from "../support/mockedProgram";
import {
  argsOf,
  COMPONENT,
  DEPLOYMENT,
  deploymentIn,
  HTTP_ROUTE,
  registeredByModel,
  SECRET,
} from "../support/modelService";
import { PLATFORM_OUTPUTS } from "../support/platformOutputs";
import { configure, rehearsed } from "../support/settings";
import { configOf } from "../support/stackFiles";

describe("a model service", () => {
  it("names everything after itself, under itself and only once", async () => {
    const registered = await registeredByModel();
    assertNamed(registered, "qwen3-32b");
    for (const { type, parent } of registered)
      if (type !== COMPONENT) assert.equal(parent, `${COMPONENT}::qwen3-32b`, `parent of ${type}`);
  });

  it("puts every object under its own name, which no run changes, into the models' namespace", async () => {
    for (const { type, name, inputs } of await registeredByModel())
      if (type !== COMPONENT) {
        const metadata = inputs.metadata as { name: string; namespace: string };
        assert.deepEqual([metadata.name, metadata.namespace], [name, "llm-d"], `${type} ${name}`);
      }
  });

  it("says where the model answers, by which name, and with how many GPUs", async () => {
    const made = {} as { service: ModelService };
    await registeredBy(() => {
      made.service = new ModelService("qwen3-32b", argsOf({ replicas: { min: 2, max: 4 }, tensorParallel: 8 }));
    });
    assert.deepEqual(await settled<ModelEndpoint>(made.service.endpoint), {
      url: "http://inference.llm-d-gateway.svc.cluster.local/qwen3-32b/v1",
      servedName: "Qwen/Qwen3-32B",
      gpusMin: 16,
      gpusMax: 32,
    });
  });
});

describe("the workloads program", () => {
  rehearsed();
  afterEach(() => configure({}));

  const POOLS: InfraOutputs["gpuPools"] = [{ ...P5_POOL, maxNodes: 2 }];
  const PLATFORM: PlatformOutputs = {
    ...PLATFORM_OUTPUTS,
    bill: [{ name: "gpu pool p5", usdPerHour: 115.37, gpus: 16 }],
  };
  const outputsOf = (layer: string, outputs: object) => ({
    [`pulumi:pulumi:StackReference::organization/llmd-${layer}/dev`]: { outputs, secretOutputNames: ["kubeconfig"] },
  });
  const upstream = {
    ...outputsOf("infra", { gpuPools: POOLS, kubeconfig: "{}" }),
    ...outputsOf("platform", PLATFORM),
  };

  interface Outputs {
    readonly bill: pulumi.Output<unknown>;
    readonly endpoints: Readonly<Record<string, pulumi.Output<ModelEndpoint>>>;
  }

  const model = (name: string) => ({
    name,
    model: `acme/${name}`,
    pool: "p5",
    replicas: { min: 1, max: 1 },
    tensorParallel: 1,
  });

  let registered: Registered[];
  let outputs: Outputs;

  before(async () => {
    configure({
      ...configOf("dev"),
      "llmd-workloads:models": JSON.stringify([model("small"), { ...model("large"), tensorParallel: 8 }]),
      "llmd-workloads:huggingFaceToken": "hf_abc",
    });
    const program = require.resolve("../../workloads");
    delete require.cache[program];
    registered = await registeredBy(() => {
      outputs = require(program);
    }, upstream);
  });

  it("makes a service of each model, on the cluster of the infra layer", () => {
    assert.deepEqual(
      ofType(registered, COMPONENT).map(({ name }) => name),
      ["large", "small"],
    );
    const provider = only(registered, "pulumi:providers:kubernetes");
    assert.deepEqual(secretValue(provider.inputs.kubeconfig), "{}");
    assert.deepEqual([provider.inputs.enableConfigMapMutable, provider.inputs.enableSecretMutable], ["true", "true"]);
  });

  it("runs each model's servers on the NodePool of its pool, in the platform's namespace", () => {
    for (const name of ["small-v1-decode", "large-v1-decode"]) {
      const { metadata, spec } = deploymentIn(only(registered, DEPLOYMENT, name));
      assert.equal(metadata.namespace, "llm-d");
      assert.deepEqual(spec.template.spec.nodeSelector, { "karpenter.sh/nodepool": "gpu-p5" });
    }
  });

  it("hangs each route below the platform's gateway", () => {
    for (const { spec } of inputsOf(registered, HTTP_ROUTE))
      assert.deepEqual((spec as { parentRefs: unknown }).parentRefs, [PLATFORM.gateway]);
  });

  it("gives every model the one token, secret all the way", () => {
    const tokens = inputsOf(registered, SECRET).map(({ stringData }) => secretValue(stringData));
    assert.deepEqual(tokens, [{ HF_TOKEN: "hf_abc" }, { HF_TOKEN: "hf_abc" }]);
  });

  it("hands over the bill of the layers before, and where each model answers", async () => {
    assert.deepEqual(Object.keys(outputs).sort(), ["bill", "endpoints"]);
    assert.deepEqual(await settled(outputs.bill), PLATFORM.bill);
    assert.deepEqual(Object.keys(outputs.endpoints), ["small", "large"]);
    const large = outputs.endpoints.large as pulumi.Output<ModelEndpoint>;
    assert.deepEqual(await settled(large), {
      url: "http://inference.llm-d-gateway/large/v1",
      servedName: "acme/large",
      gpusMin: 8,
      gpusMax: 8,
    });
  });
});
