import assert from "node:assert/strict";
import fc from "fast-check";
import { cachedImage, cachedPlace, type ImageCache, isInEcr } from "../../catalog/images";

const ECR = "111122223333.dkr.ecr.us-east-2.amazonaws.com/llmd-dev";
const CACHE: ImageCache = {
  "docker.io": `${ECR}/docker-hub`,
  "ghcr.io": `${ECR}/ghcr`,
  "registry.k8s.io": `${ECR}/k8s`,
  "quay.io": `${ECR}/quay`,
};
const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("the copy of an image", () => {
  const cases: readonly (readonly [image: string, copy: string])[] = [
    ["quay.io/prometheus/prometheus:v3.9.1", `${ECR}/quay/prometheus/prometheus:v3.9.1`],
    ["docker.io/vllm/vllm-openai:v0.26.0", `${ECR}/docker-hub/vllm/vllm-openai:v0.26.0`],
    ["grafana/grafana", `${ECR}/docker-hub/grafana/grafana`],
    ["nginx", `${ECR}/docker-hub/library/nginx`],
    ["nginx:1.29", `${ECR}/docker-hub/library/nginx:1.29`],
    [`nginx@${DIGEST}`, `${ECR}/docker-hub/library/nginx@${DIGEST}`],
    ["docker.io/busybox:1.37", `${ECR}/docker-hub/library/busybox:1.37`],
    ["index.docker.io/grafana/grafana:13.1.6", `${ECR}/docker-hub/grafana/grafana:13.1.6`],
    [`ghcr.io/llm-d/processor:v0.1.0@${DIGEST}`, `${ECR}/ghcr/llm-d/processor:v0.1.0@${DIGEST}`],
  ];
  for (const [image, copy] of cases)
    it(`of ${image} is ${copy.replace(ECR, "…")}`, () => assert.equal(cachedImage(image, CACHE), copy));

  const others = [
    "nvcr.io/nvidia/k8s/dcgm-exporter:4.8.4",
    "localhost/app:1",
    "Registry/app:1",
    "registry.acme.com:5000/app:1",
    "quay.io:443/a/b:1",
  ];
  for (const image of others)
    it(`of ${image} is the image itself: nobody caches its registry`, () =>
      assert.equal(cachedImage(image, CACHE), image));

  it("is the image itself without a cache", () => assert.equal(cachedImage("nginx", {}), "nginx"));

  const name = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const host = fc.oneof(
    fc.constantFrom(...Object.keys(CACHE)),
    fc.tuple(name, fc.constantFrom(".io", ".example.com", ".io:5000")).map(parts => parts.join("")),
  );
  const path = fc.array(name, { minLength: 2, maxLength: 4 }).map(parts => parts.join("/"));
  const version = fc
    .tuple(fc.constantFrom("", ":v1.2.3", ":latest"), fc.constantFrom("", `@${DIGEST}`))
    .map(v => v.join(""));

  it("keeps repository, tag and digest, whatever they are", () =>
    fc.assert(
      fc.property(host, path, version, (registry, repository, rest) => {
        const copy = cachedImage(`${registry}/${repository}${rest}`, CACHE);
        assert.equal(copy, `${CACHE[registry] ?? registry}/${repository}${rest}`);
      }),
    ));

  it("has no copy of its own", () =>
    fc.assert(
      fc.property(fc.option(host, { nil: "" }), path, version, (registry, repository, rest) => {
        const copy = cachedImage(`${registry}/${repository}${rest}`.replace(/^\//, ""), CACHE);
        assert.equal(cachedImage(copy, CACHE), copy);
      }),
    ));
});

describe("the beginning of an image's reference", () => {
  const cases: readonly (readonly [place: string, copy: string | undefined])[] = [
    ["quay.io", `${ECR}/quay`],
    ["docker.io/istio", `${ECR}/docker-hub/istio`],
    ["registry.k8s.io/lws/lws", `${ECR}/k8s/lws/lws`],
    ["nvcr.io/nvidia", undefined],
  ];
  for (const [place, copy] of cases)
    it(`${place} becomes ${copy?.replace(ECR, "…") ?? "nothing"}`, () => assert.equal(cachedPlace(place, CACHE), copy));
});

describe("an image in ECR", () => {
  const cases: readonly (readonly [image: string, isThere: boolean])[] = [
    [`${ECR}/dcgm-exporter`, true],
    ["111122223333.dkr.ecr.us-west-2.amazonaws.com/dcgm-exporter", false],
    ["public.ecr.aws/nvidia/dcgm-exporter", false],
    ["example.com/111122223333.dkr.ecr.us-east-2.amazonaws.com/app", false],
  ];
  for (const [image, isThere] of cases)
    it(`${isThere ? "is" : "is not"} ${image}`, () => assert.equal(isInEcr(image, "us-east-2"), isThere));
});
