/** The parts of docs/ that are written from the sources: nobody edits them by hand. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PARTS } from "../rehearsal/report";
import { configurationPage } from "./configuration";

interface Page {
  readonly file: string;
  /** The page as it has to be, from the page as it is. */
  readonly written: (page: string) => string;
}

const PAGES: readonly Page[] = [
  { file: "docs/configuration.md", written: configurationPage },
  { file: "docs/rehearsal.md", written: page => withBlock(page, partsTable()) },
];

const BLOCK = /(<!-- written by "npm run docs"[^\n]*-->\n)[\s\S]*?(<!-- end -->)/;

/** @throws Error where the page has no place for the block. */
export function withBlock(page: string, block: string): string {
  if (!BLOCK.test(page)) throw new Error('the page has no lines <!-- written by "npm run docs" --> and <!-- end -->');
  return page.replace(BLOCK, (_, begin: string, end: string) => `${begin}\n${block}\n\n${end}`);
}

function partsTable(): string {
  const rows = PARTS.map(({ part, kind, what, more }) => `| ${part} | ${kind} | ${more ? `${what}; ${more}` : what} |`);
  return ["| part | | what |", "|---|---|---|", ...rows].join("\n");
}

interface Change {
  readonly file: string;
  readonly text: string;
}

/** @param root of the repository. */
function changes(root: string): Change[] {
  const pages = PAGES.map(({ file, written }) => ({ file, current: textOf(join(root, file)), written }));
  return pages
    .map(({ file, current, written }) => ({ file, current, text: written(current) }))
    .filter(({ current, text }) => current !== text);
}

/** Text of a file; empty for one that is not there yet. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Pages below `root` that their sources have changed since they were written. */
export const stalePages = (root: string): string[] => changes(root).map(({ file }) => file);

/** Writes the pages that are stale, and answers which those were. */
export function writePages(root: string): string[] {
  const stale = changes(root);
  for (const { file, text } of stale) writeFileSync(join(root, file), text);
  return stale.map(({ file }) => file);
}
