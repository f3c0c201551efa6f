import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { useImageCache, withCachedImages } from "../../contracts/imageCache";
import { only, registeredBy, settled } from "../support/mockedProgram";

const CACHE = { "ghcr.io": "ecr/ghcr" };

describe("the inputs of an object whose images are cached", () => {
  it("name the copy wherever an image stands, and are the same elsewhere", () => {
    const inputs = {
      kind: "LeaderWorkerSet",
      spec: {
        leaderWorkerTemplate: {
          workerTemplate: {
            spec: {
              initContainers: [{ name: "guard", image: "quay.io/acme/guard:1" }],
              containers: [{ name: "server", image: "ghcr.io/acme/server:1", args: ["ghcr.io/acme/server:1"] }],
              volumes: [{ name: "files", image: { reference: "ghcr.io/acme/files:1", pullPolicy: "Always" } }],
            },
          },
        },
      },
    };
    const [before] = [JSON.stringify(inputs)];
    const copy = JSON.stringify(withCachedImages(inputs, CACHE));
    assert.equal(
      copy,
      before.replace('"image":"ghcr.io', '"image":"ecr/ghcr').replace('"reference":"ghcr.io', '"reference":"ecr/ghcr'),
    );
    assert.equal(JSON.stringify(inputs), before);
  });

  it("name the copy of an image, of a list and of a whole specification that are known later", async () => {
    const container = { image: pulumi.output("ghcr.io/acme/a:1") };
    const { spec, other } = withCachedImages(
      { spec: pulumi.output({ containers: [container] }), other: Promise.resolve({ image: "ghcr.io/acme/b:1" }) },
      CACHE,
    );
    assert.deepEqual(await settled(pulumi.output(spec)), { containers: [{ image: "ecr/ghcr/acme/a:1" }] });
    assert.deepEqual(await other, { image: "ecr/ghcr/acme/b:1" });
  });

  it("keep a secret secret, and a neighbour of what is unknown known", async () => {
    const { spec } = withCachedImages(
      { spec: { image: "ghcr.io/acme/a:1", token: pulumi.secret("t"), name: pulumi.output(pulumi.unknown) } },
      CACHE,
    );
    assert.equal(spec.image, "ecr/ghcr/acme/a:1");
    assert.equal(await pulumi.isSecret(spec.token), true);
    assert.ok(pulumi.Output.isInstance(spec.name));
  });
});

describe("the objects of a program that uses an image cache", () => {
  const made = (cache: Record<string, string>) =>
    registeredBy(() => {
      // Without a program around it there is no stack for it to hang on.
      new pulumi.runtime.Stack(async () => {
        useImageCache(cache);
        const spec = { containers: [{ name: "a", image: "ghcr.io/acme/a:1" }] };
        const parent = new pulumi.ComponentResource("llmd:test:Part", "part");
        new k8s.core.v1.Pod("pod", { spec }, { parent });
        new k8s.apiextensions.CustomResource("other", { apiVersion: "acme.dev/v1", kind: "Engine", spec }, { parent });
        new k8s.helm.v3.Release("release", { chart: "acme", values: { image: "ghcr.io/acme/a" } }, { parent });
        return {};
      });
    });
  const imagesOf = async (cache: Record<string, string>) => {
    const registered = await made(cache);
    const spec = (type: string) => only(registered, type).inputs.spec as { containers: { image: string }[] };
    return [
      spec("kubernetes:core/v1:Pod").containers[0]?.image,
      spec("kubernetes:acme.dev/v1:Engine").containers[0]?.image,
      (only(registered, "kubernetes:helm.sh/v3:Release").inputs.values as { image: string }).image,
    ];
  };

  it("pull from it, typed ones and custom ones; values of charts are left alone", async () =>
    assert.deepEqual(await imagesOf(CACHE), ["ecr/ghcr/acme/a:1", "ecr/ghcr/acme/a:1", "ghcr.io/acme/a"]));

  it("pull from where they always did when the cache is empty", async () =>
    assert.deepEqual(await imagesOf({}), ["ghcr.io/acme/a:1", "ghcr.io/acme/a:1", "ghcr.io/acme/a"]));
});
