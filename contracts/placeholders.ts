/** Values of the example stack files that stand for something only their user knows. */

interface Placeholder {
  readonly is: (value: string) => boolean;
  /** What to put in its place. */
  readonly remedy: string;
}

const PLACEHOLDERS: readonly Placeholder[] = [
  // The account ids of AWS's own documentation.
  { is: value => /\b(111122223333|123456789012)\b/.test(value), remedy: "put your AWS account id here" },
  // TEST-NET-3, RFC 5737: nobody's addresses.
  { is: value => /\b203\.0\.113\.\d+\b/.test(value), remedy: "put the addresses here that may reach your cluster" },
  // RFC 2606.
  { is: value => /(^|[.@/])example\.(com|org|net)\b/.test(value), remedy: "put a name of your own here" },
];

/** Set by the rehearsal, whose account is pretended anyway. */
export const REHEARSAL_VARIABLE = "LLMD_REHEARSAL";

/** One problem for each placeholder below `value`, with its path. */
export function placeholderProblems(value: unknown, path: string): string[] {
  if (typeof value === "string") {
    const found = PLACEHOLDERS.find(({ is }) => is(value));
    return found ? [`"${path}": "${value}" is a placeholder of the example file: ${found.remedy}`] : [];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => placeholderProblems(item, `${path}[${index}]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => placeholderProblems(item, `${path}.${key}`));
}
