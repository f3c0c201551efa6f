import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as k8s from "@pulumi/kubernetes";
import { knownModel } from "../../../catalog/models";
import { IMAGES } from "../../../catalog/versions";
import type { RevisionContext } from "../../../workloads/context";
import { poolSelector } from "../../../workloads/names";
import { copyJobName, createCopyJob } from "../../../workloads/weights/job";
import { only, type Registered, settled } from "../../support/mockedProgram";
import { ACCOUNT, CONFIG_MAP } from "../../support/modelService";
import { ASSOCIATION, COMMIT, IN_S3, JOB, registeredIn, STORE, s3Context } from "./fixtures";

type JobInputs = k8s.types.output.batch.v1.Job;

const NAME = "qwen3-32b-v1-copy";

const jobIn = (registered: readonly Registered[]): JobInputs => only(registered, JOB).inputs as unknown as JobInputs;

function containerIn(registered: readonly Registered[]): k8s.types.output.core.v1.Container {
  const [container, ...others] = jobIn(registered).spec.template.spec.containers;
  assert.ok(container);
  assert.deepEqual(others, []);
  return container;
}

const built = (context: () => RevisionContext = s3Context, token?: string): Promise<Registered[]> =>
  registeredIn(provider => createCopyJob(context(), provider, token));

/** Names of Jobs, one for each context. */
async function namesOf(...contexts: (() => RevisionContext)[]): Promise<string[]> {
  const names: string[] = [];
  await registeredIn(async () => {
    for (const context of contexts) names.push(await settled(copyJobName(context())));
  });
  return names;
}

describe("the Job that copies weights", () => {
  let registered: Registered[];

  before(async () => {
    registered = await built();
  });

  it("is not made where the servers load from Hugging Face", async () => {
    const weights = { source: "huggingFace", commit: COMMIT, gated: false, bytes: undefined } as const;
    assert.deepEqual(await built(() => s3Context({ weights })), []);
  });

  it("is not made where the model store has the weights already, nor is any right to write", async () =>
    assert.deepEqual(await built(() => s3Context({ weights: { ...IN_S3, copied: true } })), []));

  it("brings its account, its right to write and its script along", () =>
    assert.deepEqual(
      registered.map(({ type, name }) => `${type}::${name}`).sort(),
      [ASSOCIATION, JOB, CONFIG_MAP, ACCOUNT].map(type => `${type}::${NAME}`).sort(),
    ));

  it("comes after its right to write, which later pods would not get", () =>
    assert.ok(only(registered, JOB).dependencies.includes(`${ASSOCIATION}::${NAME}`)));

  it("holds up no deploy, and stays when it has ended", () => {
    const { metadata, spec } = jobIn(registered);
    assert.equal(metadata.annotations["pulumi.com/skipAwait"], "true");
    assert.equal(spec.ttlSecondsAfterFinished, undefined);
  });

  it("is called after what is copied to where", async () => {
    const [same, again, otherCommit, otherModel, otherBucket] = await namesOf(
      s3Context,
      s3Context,
      () => s3Context({ weights: { source: "s3", commit: "0".repeat(40), gated: false, bytes: undefined } }),
      () => s3Context({ model: "Qwen/Qwen3-8B" }),
      () => s3Context({}, { modelStore: { ...STORE, bucket: "another" } }),
    );
    assert.equal(jobIn(registered).metadata.name, same);
    assert.match(String(same), /^qwen3-32b-v1-copy-[0-9a-f]{8}$/);
    assert.equal(again, same);
    assert.equal(new Set([same, otherCommit, otherModel, otherBucket]).size, 4);
  });

  it("has room in its name for the longest model", async () => {
    const name = "a".repeat(31);
    const [longest] = await namesOf(() => s3Context({ name, revision: "12345678" }));
    assert.ok(String(longest).length <= 63, longest);
  });

  it("runs the script as it is beside the program", () => {
    const script = readFileSync(join(__dirname, "../../../workloads/weights/copy_weights.py"), "utf8");
    assert.deepEqual(only(registered, CONFIG_MAP).inputs.data, { "copy_weights.py": script });
    assert.deepEqual(jobIn(registered).spec.template.spec.volumes, [{ name: "scripts", configMap: { name: NAME } }]);
    assert.deepEqual(containerIn(registered).command, ["python3", "/scripts/copy_weights.py"]);
  });

  it("tells it what to copy to where", () => {
    const { args, image, env } = containerIn(registered);
    assert.equal(image, IMAGES.vllm);
    assert.deepEqual(args, [
      `--bucket=${STORE.bucket}`,
      `--prefix=models/Qwen/Qwen3-32B/${COMMIT}`,
      "--marker=.llmd-complete.json",
      "--repository=Qwen/Qwen3-32B",
      `--commit=${COMMIT}`,
    ]);
    assert.deepEqual(env, [
      { name: "AWS_REGION", value: "us-east-2" },
      { name: "HF_HUB_DISABLE_XET", value: "1" },
    ]);
  });

  describe("of a model that needs a vocabulary beside its repository", () => {
    const known = knownModel("openai/gpt-oss-120b");

    it("is told where it is, and by what hash it is known", async () => {
      const { args } = containerIn(await built(() => s3Context({ known })));
      assert.deepEqual(args.slice(5), [
        "--encoding=encodings/o200k_base.tiktoken",
        "--encoding-url=https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken",
        "--encoding-sha256=446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
      ]);
    });

    it("is another one than that of weights alone, which may have ended long ago", async () => {
      const [without, needed] = await namesOf(s3Context, () => s3Context({ known }));
      assert.notEqual(needed, without);
    });
  });

  it("reads the token from its Secret, where there is one", async () => {
    const { env } = containerIn(await built(s3Context, "qwen3-32b-v1-hf-token"));
    assert.deepEqual(env.at(-1), {
      name: "HF_TOKEN",
      valueFrom: { secretKeyRef: { name: "qwen3-32b-v1-hf-token", key: "HF_TOKEN" } },
    });
  });

  it("runs beside the platform's own pods, without a GPU", () => {
    const { nodeSelector, tolerations } = jobIn(registered).spec.template.spec;
    assert.deepEqual(nodeSelector, { "karpenter.sh/nodepool": "system" });
    assert.equal(tolerations, undefined);
    assert.deepEqual(containerIn(registered).resources, {
      requests: { cpu: "1850m", memory: "3Gi" },
      limits: { memory: "3Gi" },
    });
  });

  it("tries again with a new pod, unless no pod would do better", () => {
    const { backoffLimit, activeDeadlineSeconds, podFailurePolicy, template } = jobIn(registered).spec;
    assert.equal(backoffLimit, 6);
    assert.equal(activeDeadlineSeconds, 43_200);
    assert.equal(template.spec.restartPolicy, "Never");
    assert.deepEqual(podFailurePolicy.rules, [
      { action: "FailJob", onExitCodes: { containerName: "copy", operator: "In", values: [78] } },
      { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
    ]);
  });

  it("is not taken off its node by Karpenter", () =>
    assert.deepEqual(jobIn(registered).spec.template.metadata.annotations, { "karpenter.sh/do-not-disrupt": "true" }));

  it("has no rights beyond its own", () => {
    const { automountServiceAccountToken, enableServiceLinks, serviceAccountName, securityContext } =
      jobIn(registered).spec.template.spec;
    assert.equal(enableServiceLinks, false);
    assert.equal(automountServiceAccountToken, false);
    assert.equal(serviceAccountName, NAME);
    assert.deepEqual(securityContext, { seccompProfile: { type: "RuntimeDefault" } });
    assert.deepEqual(containerIn(registered).securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("is never taken for a server by a pool", () => {
    const { labels } = jobIn(registered).spec.template.metadata;
    const selector = poolSelector({ model: "qwen3-32b", revision: "v1", guide: "optimized-baseline" });
    assert.ok(Object.entries(selector).some(([key, value]) => labels[key] !== value));
    assert.equal(labels["llm-d.ai/role"], undefined);
  });
});
