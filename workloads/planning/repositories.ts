/** Whether models can be told apart by the `model` of requests. */
import type { RoutedModel } from "../routing/route";

/** Which models could not be told apart by the `model` of requests. Of two routes that match the same, the older wins. */
export function sameRepositoryProblems(models: readonly RoutedModel[]): string[] {
  const names = new Map<string, string[]>();
  for (const { name, repository } of models) names.set(repository, [...(names.get(repository) ?? []), name]);
  return [...names]
    .filter(([, sharing]) => sharing.length > 1)
    .map(
      ([repository, sharing]) =>
        `"${repository}" is the repository of the models ${sharing.join(", ")}, and requests are told apart by it: ` +
        "keep one of them, or switch llmd-platform:features.payloadProcessor off",
    );
}
