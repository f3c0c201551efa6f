import assert from "node:assert/strict";
import { type PreviewedResource, registrations } from "../../bench/flat";

const urn = (type: string, name: string): string => `urn:pulumi:dev::llmd-infra::${type}::${name}`;

const resource = (type: string, name: string, rest: Partial<PreviewedResource> = {}): PreviewedResource => ({
  ...{ urn: urn(type, name), type, custom: true, inputs: { name } },
  ...rest,
});

const STACK = resource("pulumi:pulumi:Stack", "llmd-infra-dev", { custom: false });
const NETWORK = resource("llmd:infra:Network", "network", { custom: false, parent: STACK.urn });
const PROVIDER = resource("pulumi:providers:aws", "aws", { parent: STACK.urn });
const CLUSTER = resource("eks:index:Cluster", "cluster", { custom: false, parent: NETWORK.urn });

describe("the registrations of a flat program", () => {
  const named = (...resources: readonly PreviewedResource[]) => registrations(resources, {}).map(({ name }) => name);

  it("have type, name, inputs, parent and provider", () => {
    const vpc = resource("aws:ec2/vpc:Vpc", "a::b", { parent: NETWORK.urn, provider: `${PROVIDER.urn}::4711` });
    assert.deepEqual(registrations([STACK, NETWORK, PROVIDER, vpc], {}).at(-1), {
      ...{ urn: vpc.urn, type: vpc.type, name: "a::b", isCustom: true, inputs: { name: "a::b" } },
      ...{ parent: NETWORK.urn, provider: PROVIDER.urn },
    });
  });

  it("are those of components, too, but not of the stack and of default providers", () => {
    const standard = resource("pulumi:providers:random", "default_4_21_2", { parent: STACK.urn });
    assert.deepEqual(named(STACK, NETWORK, standard, PROVIDER), ["network", "aws"]);
  });

  it("leave out what a component of a provider plugin registers, at any depth", () => {
    const child = resource("aws:eks/cluster:Cluster", "child", { parent: CLUSTER.urn });
    const grandchild = resource("aws:eks/addon:Addon", "grandchild", { parent: child.urn });
    assert.deepEqual(named(STACK, NETWORK, CLUSTER, child, grandchild), ["network", "cluster"]);
  });

  it("read what the program only reads", () => {
    const upstream = resource("pulumi:pulumi:StackReference", "infra", { external: true, id: "organization/llmd/dev" });
    assert.equal(registrations([upstream], {})[0]?.id, "organization/llmd/dev");
    assert.equal(registrations([{ ...upstream, external: undefined }], {})[0]?.id, undefined);
  });

  it("have a value for each secret that the preview masks, at any depth", () => {
    const inputs = { kubeconfig: "[secret]", deep: [{ stringData: "[secret]" }], plain: "b" };
    const secrets = { kubeconfig: "c", stringData: {} };
    const expected = { kubeconfig: "c", deep: [{ stringData: {} }], plain: "b" };
    assert.deepEqual(registrations([resource("a:b:C", "c", { inputs })], secrets)[0]?.inputs, expected);
  });

  it("are made once, where a preview replaces a resource in several steps", () =>
    assert.deepEqual(named(NETWORK, PROVIDER, NETWORK), ["network", "aws"]));
});
