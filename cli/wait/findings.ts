/** What may hold a model up. Each cause is a row of a table: how it is recognised, what it means, what to do about it. */

/** One thing that holds a model up. */
export interface Finding {
  /** Stays the same over releases, for machines. */
  readonly cause: string;
  /** Nobody but a person resolves it, as far as one can tell. Otherwise time may. */
  readonly stuck: boolean;
  readonly what: string;
  readonly todo: string;
  /** `Kind/name`. */
  readonly objects: readonly string[];
}

/** How one cause shows in what the cluster says. */
export interface Rule<Evidence> {
  readonly cause: string;
  readonly stuck: boolean;
  /** What is the matter, in a sentence without a full stop; undefined: not this. */
  readonly what: (evidence: Evidence) => string | undefined;
  readonly todo: string | ((evidence: Evidence) => string);
}

/** The first rule that applies: tables go from the most specific cause to the least. */
export function firstOf<Evidence>(
  rules: readonly Rule<Evidence>[],
  evidence: Evidence,
  object: string,
): Finding | undefined {
  for (const { cause, stuck, what, todo } of rules) {
    const seen = what(evidence);
    if (seen !== undefined)
      return { cause, stuck, what: seen, todo: typeof todo === "string" ? todo : todo(evidence), objects: [object] };
  }
  return undefined;
}

/** One finding for each cause, with all its objects; what is stuck first. */
export function merged(findings: readonly Finding[]): Finding[] {
  const byCause = new Map<string, Finding>();
  for (const finding of findings) {
    const known = byCause.get(finding.cause);
    const objects = [...new Set([...(known?.objects ?? []), ...finding.objects])];
    byCause.set(finding.cause, { ...(known ?? finding), objects });
  }
  return [...byCause.values()].sort((a, b) => Number(b.stuck) - Number(a.stuck));
}

/** Text of some other program as it fits into a sentence. */
export function quoted(text: string): string {
  const line = text.replace(/\s+/g, " ").trim().replace(/\.$/, "");
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
