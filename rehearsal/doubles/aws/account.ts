/** The simulated AWS account: its resources, and the queries that the rows of `types` make. */
import { createHash } from "node:crypto";
import type { WireObject } from "../protocol/wire";
import { QUOTAS, type Quota } from "./quotas";

export interface AwsResource {
  /** Type token, e.g. `aws:ec2/vpc:Vpc`. */
  readonly type: string;
  /** Pulumi's unique name of the resource; empty if no program made it. */
  readonly urn: string;
  /** Seed of the ids: the URN, with a number where the replaced resource still existed. */
  readonly seed: string;
  /** Id that the simulated AWS gave the resource. */
  readonly id: string;
  /** Inputs of the last create or update. */
  readonly inputs: WireObject;
  /** Outputs of the last operation, as the engine keeps them. */
  readonly outputs: WireObject;
}

export class Account {
  private readonly bySeed = new Map<string, AwsResource>();
  private readonly assumed: AwsResource[] = [];

  /** Quotas by `service/code`. */
  readonly quotas = new Map<string, Quota>(Object.entries(QUOTAS));
  /** ARN of the session that runs the program. @default - a session of the deployer's role */
  caller: string | undefined;
  /** Public IPv4 address of the machine that deploys. */
  deployerAddress = "192.0.2.1";
  /** True where the deployer's policies let it read quotas. */
  mayReadQuotas = true;
  /** The day on which versions are supported or not. */
  today = (): Date => new Date();

  constructor(
    readonly accountId: string,
    readonly region: string,
    readonly clusterApi: { readonly endpoint: string; readonly certificateAuthority: string },
  ) {}

  /** Zones of the region by name. Which name has which id differs between real accounts; here the letters are in order. */
  zones(): readonly { readonly name: string; readonly id: string }[] {
    const prefix = ZONE_PREFIXES[this.region];
    if (!prefix) throw new Error(`the aws double has no zones for region "${this.region}": add it to ZONE_PREFIXES`);
    return ["a", "b", "c", "d"].map((letter, index) => ({
      name: this.region + letter,
      id: `${prefix}-az${index + 1}`,
    }));
  }

  arn(service: string, resource: string, scope: "regional" | "global" = "regional"): string {
    return `arn:aws:${service}:${scope === "regional" ? this.region : ""}:${this.accountId}:${resource}`;
  }

  all(type: string): AwsResource[] {
    return [...this.bySeed.values(), ...this.assumed].filter(resource => resource.type === type);
  }

  /** Resources that the programs made and have not deleted. */
  everything(): AwsResource[] {
    return [...this.bySeed.values()];
  }

  /** Adds a resource that somebody else made: programs may refer to it and must not make it again. */
  assume(type: string, id: string, outputs: WireObject, inputs: WireObject = outputs): void {
    this.assumed.push({ type, urn: "", seed: `assumed ${type} ${id}`, id, inputs, outputs });
  }

  /** Sets the granted value of a quota. */
  grant(quota: string, value: number): void {
    const known = this.quotas.get(quota);
    if (!known) throw new Error(`the aws double has no quota "${quota}": add it to QUOTAS`);
    this.quotas.set(quota, { ...known, value });
  }

  /** A resource of the type whose id, ARN or name is `reference`. */
  find(type: string, reference: unknown): AwsResource | undefined {
    return this.all(type).find(
      ({ id, outputs }) =>
        reference !== undefined && (id === reference || outputs.arn === reference || outputs.name === reference),
    );
  }

  /** The resource of the program that has this id; its replacement has the same URN but another id. */
  existing({ urn, id }: { readonly urn: string; readonly id: string }): AwsResource | undefined {
    return this.everything().find(resource => resource.urn === urn && resource.id === id);
  }

  /** The seed of a new resource. */
  newSeed(urn: string): string {
    let seed = urn;
    for (let number = 2; this.bySeed.has(seed); number++) seed = `${urn} ${number}`;
    return seed;
  }

  put(resource: AwsResource): void {
    this.bySeed.set(resource.seed, resource);
  }

  remove(resource: AwsResource): void {
    this.bySeed.delete(resource.seed);
  }
}

/** A hexadecimal id that follows from the resource's seed: the same in every rehearsal. */
export const derived = (seed: string, length = 17): string =>
  createHash("sha1").update(seed).digest("hex").slice(0, length);

const ZONE_PREFIXES: Readonly<Record<string, string>> = {
  "us-east-1": "use1",
  "us-east-2": "use2",
  "us-west-1": "usw1",
  "us-west-2": "usw2",
  "ca-central-1": "cac1",
};
