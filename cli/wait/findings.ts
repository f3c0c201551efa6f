/** Findings: what may block a model. Each cause is a row of a table, with its evidence, its meaning and its remedy. */

/** One thing that blocks a model. */
export interface Finding {
  /** Name for machines. It stays the same over releases. */
  readonly cause: string;
  /** Only a person can resolve it, as far as the evidence shows. Otherwise it may pass. */
  readonly stuck: boolean;
  /** What is wrong: a sentence without a full stop. */
  readonly what: string;
  /** Remedy, with complete commands. */
  readonly todo: string;
  /** Objects that it is about, `Kind/name`. */
  readonly objects: readonly string[];
}

/** Recognises one cause in the evidence. */
export interface Rule<Evidence> {
  /** Identifier of what the rule recognises. */
  readonly cause: string;
  /** True if only a person can resolve it, false if waiting may be enough. */
  readonly stuck: boolean;
  /** What is wrong, in a sentence without a full stop; undefined: the rule does not apply. */
  readonly what: (evidence: Evidence) => string | undefined;
  /** Remedy, with complete commands. */
  readonly todo: string | ((evidence: Evidence) => string);
}

/** @returns the finding of the first rule that applies. Tables go from the most specific cause to the least. */
export function firstFinding<Evidence>(
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

/** @returns one finding for each cause, with all its objects; the stuck ones come first. */
export function mergeFindings(findings: readonly Finding[]): Finding[] {
  const byCause = new Map<string, Finding>();
  for (const finding of findings) {
    const known = byCause.get(finding.cause);
    const objects = [...new Set([...(known?.objects ?? []), ...finding.objects])];
    byCause.set(finding.cause, { ...(known ?? finding), objects });
  }
  return [...byCause.values()].sort((a, b) => Number(b.stuck) - Number(a.stuck));
}

/** Shortens the text of another program to one line that fits into a sentence: at most 200 characters, no full stop. */
export function quote(text: string): string {
  const line = text.replace(/\s+/g, " ").trim().replace(/\.$/, "");
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
