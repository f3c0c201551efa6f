/** Finds what a source file names without pinning it to one version. */

// "latest" and its kin after a `:` or `@`, and branches in the addresses of repositories.
const FLOATING_TAG = /[\w./-]*[\w}][:@](?:latest|main|master|nightly|edge|stable)\b/g;
const BRANCH_ADDRESS =
  /(?:refs\/heads|\/blob|\/tree|\/raw|raw\.githubusercontent\.com\/[\w.-]+\/[\w.-]+)\/(?:main|master)\b/g;
const LATEST_RELEASE = /releases\/latest\b/g;
// A brace opens the values of a chart, whose tag is looked at by itself.
const IMAGE = /\bimage:\s*["'`]?(?!\{)([^\s"'`,]+)/g;
const PINNED_IMAGE =
  /^(string|pulumi\.Input<string>);?$|^(?:\w+\.)+image$|^IMAGES\.\w+$|:v?\d+\.\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?$/;
// In values of charts, where the tag stands apart from the image.
const TAG = /\b(?:tag|imageTag):\s*["'`]([^"'`]*)["'`]/g;
const FULL_VERSION = /^v?(?:\d+\.\d+\.\d+|\$\{PINS\.\w+\.version\})[\w.-]*(@sha256:[0-9a-f]{64})?$/;
const CHART = /\bhelm\.v\d\.(?:Release|Chart)\(/g;
const PINNED_CHART = /\bversion: (?:PINS\.\w+\.version|CHARTS\[\w+\]\.version|"\d+\.\d+\.\d+")/;

/** Each floating reference in `text`, as it is written there. */
export const floatingReferences = (text: string): string[] => [
  ...matches(text, FLOATING_TAG),
  ...matches(text, BRANCH_ADDRESS),
  ...matches(text, LATEST_RELEASE),
  ...[...text.matchAll(IMAGE)].filter(([, image = ""]) => !PINNED_IMAGE.test(image)).map(([whole]) => whole),
  ...[...text.matchAll(TAG)].filter(([, tag = ""]) => !FULL_VERSION.test(tag)).map(([whole]) => whole),
  ...[...text.matchAll(CHART)].filter(({ index }) => !PINNED_CHART.test(callAt(text, index))).map(([whole]) => whole),
];

const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([whole]) => whole);

/** The text of the call that starts at `start`, to its closing bracket. */
function callAt(text: string, start: number): string {
  let depth = 0;
  for (let end = text.indexOf("(", start); end < text.length; end++) {
    if (text[end] === "(") depth++;
    if (text[end] === ")") depth--;
    if (depth === 0) return text.slice(start, end + 1);
  }
  return text.slice(start);
}
