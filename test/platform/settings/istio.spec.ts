import assert from "node:assert/strict";
import { readPlatformSettings } from "../../../platform/settings";
import { configure, problemsOf, rehearsed } from "../../support/settings";
import { configOf } from "../../support/stackFiles";

const NAMESPACE = "Namespace of the existing istiod. Without it: istio-system.";
const REVISION = "Revision of the existing istiod, its Deployment being istiod-<revision>; not a tag of one.";
const NO_NAMESPACE = `a namespace has up to 63 lower-case letters, digits and hyphens. ${NAMESPACE}`;
const NO_REVISION = `a revision has up to 56 lower-case letters, digits and hyphens. ${REVISION}`;
const NOT_EXISTING = "it describes an existing istiod: remove it, or set mode to existing";

describe("the settings of Istio", () => {
  rehearsed();
  afterEach(() => configure({}));

  const configured = (istio: unknown): void =>
    configure({ ...configOf("dev"), "llmd-platform:istio": JSON.stringify(istio) });

  it("have it managed when nothing is said", () => {
    const { "llmd-platform:istio": _istio, ...others } = configOf("dev");
    configure(others);
    assert.deepEqual(readPlatformSettings().istio, { mode: "managed" });
  });

  const taken: readonly object[] = [
    { mode: "managed" },
    { mode: "existing" },
    { mode: "existing", namespace: "mesh" },
    { mode: "existing", revision: "1-29-2" },
    { mode: "existing", namespace: "n".repeat(63), revision: "r".repeat(56) },
  ];
  for (const istio of taken)
    it(`take ${JSON.stringify(istio)} as it is`, () => {
      configured(istio);
      assert.deepEqual(readPlatformSettings().istio, istio);
    });

  const refused: readonly { what: string; istio: object; problems: readonly string[] }[] = [
    {
      what: "another mode",
      istio: { mode: "external" },
      problems: [
        `mode": "external" is not allowed: take one of managed, existing. Origin of Istio: managed installs it, existing uses the one in the cluster.`,
      ],
    },
    {
      what: "no mode",
      istio: { revision: "canary" },
      problems: [`mode" is missing. Origin of Istio: managed installs it, existing uses the one in the cluster.`],
    },
    {
      what: "a namespace and a revision of an Istio that is yet to be made, each",
      istio: { mode: "managed", namespace: "mesh", revision: "canary" },
      problems: [
        `namespace": "mesh" is refused: ${NOT_EXISTING}. ${NAMESPACE}`,
        `revision": "canary" is refused: ${NOT_EXISTING}. ${REVISION}`,
      ],
    },
    ...["Mesh", "mesh_1", "-mesh", "mesh-", "a.b", ""].map(namespace => ({
      what: `the namespace "${namespace}"`,
      istio: { mode: "existing", namespace },
      problems: [`namespace": "${namespace}" is refused: ${NO_NAMESPACE}`],
    })),
    ...["1.29.2", "Canary", "canary-"].map(revision => ({
      what: `the revision "${revision}"`,
      istio: { mode: "existing", revision },
      problems: [`revision": "${revision}" is refused: ${NO_REVISION}`],
    })),
    {
      what: "a revision longer than a Deployment's name can be",
      istio: { mode: "existing", revision: "r".repeat(57) },
      problems: [`revision": "${"r".repeat(57)}" is refused: ${NO_REVISION}`],
    },
    {
      what: "the revision that stands for none",
      istio: { mode: "existing", revision: "default" },
      problems: [`revision": "default" is refused: remove it to use the istiod without a revision. ${REVISION}`],
    },
    {
      what: "a misspelt key",
      istio: { mode: "existing", namespaces: "mesh" },
      problems: [`namespaces" is not a key that is known: did you mean "namespace"?`],
    },
  ];
  for (const { what, istio, problems } of refused)
    it(`refuse ${what}`, () => {
      configured(istio);
      assert.deepEqual(
        problemsOf(readPlatformSettings),
        problems.map(problem => `"llmd-platform:istio.${problem}`),
      );
    });
});
