/** The command that writes the generated parts of docs/. */
import { join } from "node:path";
import { stalePages, writePages } from "../reference/docs";

const ROOT = join(__dirname, "..");

/** @returns the exit code: 1 where a check found a stale page. */
export function docs({ check }: { readonly check: boolean }): number {
  const pages = check ? stalePages(ROOT) : writePages(ROOT);
  for (const page of pages) console.log(check ? `${page} is stale: run "npm run docs"` : `wrote ${page}`);
  return check && pages.length > 0 ? 1 : 0;
}
