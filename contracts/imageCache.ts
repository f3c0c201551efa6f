/** Makes the pods of a layer's objects pull from the account's own registry. */
import * as pulumi from "@pulumi/pulumi";
import { cachedImage, type ImageCache } from "../catalog/images";

const RELEASE = "kubernetes:helm.sh/v3:Release";

/**
 * Rewrites the images of every Kubernetes object that the program registers after this call. It does not see images inside Helm
 * charts, which are values of the release.
 */
export function useImageCache(cache: ImageCache): void {
  if (Object.keys(cache).length === 0) return;
  pulumi.runtime.registerStackTransformation(({ type, props, opts }) =>
    type.startsWith("kubernetes:") && type !== RELEASE
      ? { props: withCachedImages(props ?? {}, cache), opts }
      : undefined,
  );
}

/**
 * Copies an object's inputs with every `image` rewritten, and the `reference` of volumes of kind `image`. Inputs that are known
 * later are rewritten then, one by one, so that an unknown one leaves its neighbours known.
 */
export function withCachedImages(inputs: pulumi.Inputs, cache: ImageCache): pulumi.Inputs {
  const imageOf = (value: unknown): unknown => {
    if (typeof value === "string") return cachedImage(value, cache);
    if (isLater(value)) return later(value, imageOf);
    if (!isPlain(value)) return value;
    return { ...value, ...("reference" in value && { reference: imageOf(value.reference) }) };
  };
  const copyAll = (value: Record<string, unknown>): pulumi.Inputs =>
    Object.fromEntries(
      Object.entries(value).map(([key, child]) => [key, key === "image" ? imageOf(child) : copy(child)]),
    );
  const copy = (value: unknown): unknown => {
    if (isLater(value)) return later(value, copy);
    if (Array.isArray(value)) return value.map(copy);
    return isPlain(value) ? copyAll(value) : value;
  };
  return copyAll(inputs);
}

const isLater = (value: unknown): value is pulumi.Output<unknown> | Promise<unknown> =>
  pulumi.Output.isInstance(value) || value instanceof Promise;

const later = (value: pulumi.Output<unknown> | Promise<unknown>, change: (value: unknown) => unknown) =>
  value instanceof Promise ? value.then(change) : value.apply(change);

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
