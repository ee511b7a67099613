// The element that is committed among Django's static files is the one that these sources make.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const COMMITTED = "../stackone_connect/static/stackone_connect";

test("the committed element is up to date; else run `make frontend`", async () => {
  process.env.ELEMENT_FOLDER = mkdtempSync(join(tmpdir(), "element-"));
  const { build } = await import("vite");
  await build({ logLevel: "error" });
  // Those of the admin and of the pages are beside it, and written by hand.
  const isOurs = (name) => /^(connect|messages).*\.js$/.test(name);
  const scripts = (folder) => readdirSync(folder).filter(isOurs);
  const built = scripts(process.env.ELEMENT_FOLDER);
  assert.deepEqual(scripts(COMMITTED).sort(), built.sort());
  for (const name of built) {
    const [ours, theirs] = [process.env.ELEMENT_FOLDER, COMMITTED].map((folder) =>
      readFileSync(join(folder, name), "utf8"),
    );
    assert.ok(ours === theirs, `${name} differs`);
  }
});
