/** Spellings of one value: the API server writes some values in its own way, and that is no change. */
import type { WireValue } from "../protocol/wire";

/** True for two spellings of one value: equal quantities, equal points in time, equal bytes in base64. */
export function isEquivalent(a: WireValue | undefined, b: WireValue | undefined): boolean {
  if (a === b) return true;
  return [quantity, time, bytes].some(read => {
    const [first, second] = [read(a), read(b)];
    return first !== undefined && first === second;
  });
}

// Go's resource.Quantity: a decimal number with a suffix of these, or an exponent. Own code: client-node's `quantityToScalar`
// throws on fractions such as 1.5Gi, and on exponents.
const QUANTITY = /^([+-]?)(\d*)(?:\.(\d*))?(?:(n|u|m|k|[MGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,2}))?$/;
const DECIMAL = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 } as const;
const BINARY = { Ki: 1, Mi: 2, Gi: 3, Ti: 4, Pi: 5, Ei: 6 } as const;
/** Digits after the point that are told apart. */
const SCALE = 18;

const isKey = <Table extends object>(table: Table, key: string): key is keyof Table & string => key in table;

function quantity(value: WireValue | undefined): bigint | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const [, sign, whole = "", fraction = "", suffix = "", exponent = "0"] = QUANTITY.exec(String(value)) ?? [];
  if (whole + fraction === "") return undefined;
  const shift = SCALE - fraction.length + (isKey(DECIMAL, suffix) ? DECIMAL[suffix] : Number(exponent));
  if (shift < 0) return undefined;
  const digits = BigInt(`${sign}${whole}${fraction}`) * 10n ** BigInt(shift);
  return isKey(BINARY, suffix) ? digits * 1024n ** BigInt(BINARY[suffix]) : digits;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

const time = (value: WireValue | undefined): number | undefined =>
  typeof value === "string" && TIME.test(value) ? Date.parse(value) : undefined;

const bytes = (value: WireValue | undefined): string | undefined =>
  typeof value === "string" ? value.replace(/[\r\n]/g, "") : undefined;
