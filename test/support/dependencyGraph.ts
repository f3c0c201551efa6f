/** Which resources outlive which in a destroy, as the engine reads it out of a stack's state. */
import assert from "node:assert/strict";
import type { StateResource } from "./engine";

/** Deletes a resource after all that need it. pulumi/pulumi, `DependencyGraph.DependenciesOf` and `ScheduleDeletes`. */
export class DependencyGraph {
  private readonly found = new Map<string, ReadonlySet<string>>();

  /** @param resources in the state's order, in which each comes after what it needs. */
  constructor(private readonly resources: readonly StateResource[]) {
    for (const resource of resources) {
      const direct = this.needsDirectly(resource);
      this.found.set(resource.urn, new Set([...direct, ...direct.flatMap(urn => [...this.needs(urn)])]));
    }
  }

  /** What the resource needs, directly or through others: all of it is deleted after the resource. */
  needs(urn: string): ReadonlySet<string> {
    return this.found.get(urn) ?? new Set();
  }

  /** URNs of a type whose own names are like `name`. */
  typed(type: string, name = /./): string[] {
    return this.resources
      .filter(resource => resource.type === type && name.test(resource.urn.split("::").at(-1) ?? ""))
      .map(({ urn }) => urn);
  }

  /** The only one there is. */
  one(type: string, name = /./): string {
    const [urn, ...others] = this.typed(type, name);
    assert.ok(urn && others.length === 0, `${others.length + (urn ? 1 : 0)} resources of ${type} like ${name}`);
    return urn;
  }

  /** Asserts that each of the first goes before all of the second. */
  goBefore(first: readonly string[], then: readonly string[]): void {
    assert.ok(first.length > 0 && then.length > 0);
    for (const urn of first) {
      const outliving = this.needs(urn);
      assert.deepEqual(
        then.filter(needed => !outliving.has(needed)),
        [],
        `${urn} does not need these`,
      );
    }
  }

  private needsDirectly({
    parent,
    provider,
    dependencies,
    propertyDependencies,
    deletedWith,
  }: StateResource): string[] {
    const given = [
      ...(dependencies ?? []),
      ...Object.values(propertyDependencies ?? {}).flatMap(urns => urns ?? []),
      ...(provider ? [provider.slice(0, provider.lastIndexOf("::"))] : []),
      ...(deletedWith ? [deletedWith] : []),
    ];
    // Whoever names a component waits for what is in it, too.
    return [...given.flatMap(urn => [urn, ...this.within(urn)]), ...(parent ? [parent] : [])];
  }

  /** What is below the component and stands before the resource that is looked at. */
  private within(component: string): string[] {
    const inside = new Set([component]);
    for (const { urn, parent } of this.resources)
      if (parent !== undefined && inside.has(parent) && this.found.has(urn)) inside.add(urn);
    inside.delete(component);
    return [...inside];
  }
}
