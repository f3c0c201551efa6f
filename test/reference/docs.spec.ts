import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stalePages, withBlock, writePages } from "../../reference/docs";
import { Scratch } from "../support/scratch";

const ROOT = join(__dirname, "../..");
const PAGES = ["docs/configuration.md", "docs/rehearsal.md"];

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

describe("the pages that are written from the sources", () => {
  let scratch: Scratch;
  const written = (page: string): string => readFileSync(scratch.path(page), "utf8");
  beforeEach(() => {
    scratch = new Scratch();
    scratch.write("docs/rehearsal.md", read("docs/rehearsal.md"));
    writePages(scratch.folder);
  });
  afterEach(() => scratch.remove());

  it('are fresh; "npm run docs" makes them so', () => assert.deepEqual(stalePages(ROOT), []));

  it("are stale where a key of the reference or a row of the rehearsal's table is another, and are written anew", () => {
    const fresh = PAGES.map(written);
    scratch.write("docs/configuration.md", written("docs/configuration.md").replace("llmd:owner", "llmd:owners"));
    scratch.write(
      "docs/rehearsal.md",
      written("docs/rehearsal.md").replace("| language host | double |", "| host | real |"),
    );
    assert.deepEqual(stalePages(scratch.folder), PAGES);
    assert.deepEqual(writePages(scratch.folder), PAGES);
    assert.deepEqual(PAGES.map(written), fresh);
    assert.deepEqual(writePages(scratch.folder), []);
  });

  it("are not stale for what a hand writes around the table", () => {
    scratch.write("docs/rehearsal.md", `${written("docs/rehearsal.md")}\nMore.\n`);
    assert.deepEqual(stalePages(scratch.folder), []);
  });

  it("are missing for the first time", () => {
    const empty = new Scratch();
    empty.write("docs/rehearsal.md", read("docs/rehearsal.md"));
    assert.deepEqual(stalePages(empty.folder), ["docs/configuration.md"]);
    empty.remove();
  });

  it("need a place for what is written", () =>
    assert.throws(
      () => withBlock("# A page\n", "| a |"),
      new Error('the page has no lines <!-- written by "npm run docs" --> and <!-- end -->'),
    ));

  it("have no line of the key reference over 100 columns, but for a single long word", () =>
    assert.deepEqual(
      read("docs/configuration.md")
        .split("\n")
        .filter(line => line.length > 100 && line.trim().includes(" ")),
      [],
    ));
});
