import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { createCopyJob } from "../../../workloads/weights/job";
import { weightsGuard } from "../../../workloads/weights/marker";
import { apiServer } from "../../support/apiServer";
import { only, type Registered } from "../../support/mockedProgram";
import { ASSOCIATION, JOB, registeredIn, s3Context } from "./fixtures";

type Manifest = Readonly<Record<string, unknown>> & { readonly apiVersion: string; readonly kind: string };

const manifestOf = ({ inputs }: Registered): Manifest => inputs as unknown as Manifest;

describe("the copy of weights, sent to the API server", () => {
  let server: Awaited<ReturnType<typeof apiServer>>;
  let registered: Registered[];

  before(async function () {
    this.timeout(0); // the first run on a machine builds the API server
    server = await apiServer();
    registered = await registeredIn(provider => {
      const context = s3Context({ name: "a".repeat(31), revision: "12345678" }, { namespace: "default" });
      const guard = weightsGuard(context, "registry.example/vllm@sha256:1");
      assert.ok(guard);
      createCopyJob(context, provider, "hf-token");
      const spec = {
        initContainers: [guard],
        containers: [{ name: "server", image: "registry.example/vllm@sha256:1" }],
      };
      new k8s.core.v1.Pod("guarded", { metadata: { name: "guarded", namespace: "default" }, spec }, context.opts);
    });
  });

  it("is taken, with the longest names there are and no field that is not known", async () => {
    const objects = registered.filter(({ type }) => type !== ASSOCIATION);
    assert.equal(objects.length, 4);
    for (const object of objects) await server.dryRun(manifestOf(object));
  });

  it("is refused with a field that is not known, so the answer above means something", () => {
    const job = manifestOf(only(registered, JOB));
    const misspelt = { ...job, spec: { ...(job.spec as object), backOffLimit: 1 } };
    return assert.rejects(server.dryRun(misspelt), { message: /unknown field "spec\.backOffLimit"/ });
  });
});
