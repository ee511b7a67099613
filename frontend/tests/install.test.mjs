// The tarball in a new Vite project: it installs without the hub, has types, is drawn on a server,
// and becomes a small bundle; with the oldest React that is allowed, and with the newest.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, describe, test } from "node:test";
import { gzipSync } from "node:zlib";

const TARBALL = resolve("dist/package.tgz");
const REACTS = {
  18: { react: "18.3.1", "react-dom": "18.3.1", "@types/react": "18.3.27", "@types/react-dom": "18.3.7" },
  19: { react: "19.3.1", "react-dom": "19.3.1", "@types/react": "19.3.0", "@types/react-dom": "19.3.0" },
};
/** Of the package alone, as a browser gets it; what comes later is not in it. */
const LARGEST = 10_000;

const FILES = {
  "src/App.tsx": `
    import { ConnectPanel, type ExitReason, useAccounts, useConnectSession } from "@stackone-connect/react";
    import { de } from "@stackone-connect/react/messages/de";
    const leave = (reason: ExitReason) => reason === "window_closed";
    export function App({ heading, fetch }: { heading?: string; fetch?: typeof globalThis.fetch }) {
      const { accounts } = useAccounts({ api: "/api/stackone/", fetch });
      const none = { fetch, loadHub: undefined, language: undefined, onSuccess: undefined };
      const connect = useConnectSession({ api: "/api/stackone/", messages: de, onExit: leave, ...none });
      return (
        <main>
          <button type="button" {...connect.buttonProps({ provider: "bamboohr" })}>Connect</button>
          <ConnectPanel connect={connect} heading={heading} theme={undefined} />
          {accounts?.map(({ account_id }) => <p key={account_id}>{account_id}</p>)}
        </main>
      );
    }`,
  "src/main.tsx": `
    import "@stackone-connect/react/element";
    import { createRoot } from "react-dom/client";
    import { App } from "./App.js";
    createRoot(document.body).render(<App />);`,
  "src/server.tsx": `
    import "@stackone-connect/react/element";
    import { renderToString } from "react-dom/server";
    import { App } from "./App.js";
    export const html = renderToString(<App />);`,
  "index.html": `<script type="module" src="/src/main.tsx"></script>`,
  "tsconfig.json": JSON.stringify({
    compilerOptions: {
      target: "ES2022",
      lib: ["ES2023", "DOM", "DOM.Iterable"],
      module: "ESNext",
      moduleResolution: "bundler",
      jsx: "react-jsx",
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      verbatimModuleSyntax: true,
      noEmit: true,
      types: [],
    },
    include: ["src"],
  }),
};

test("what `npm pack` makes holds no tarball", () => {
  const listed = execFileSync("npm", ["pack", "--dry-run", "--json"], { encoding: "utf8" });
  const [{ files }] = JSON.parse(listed);
  assert.deepEqual(files.filter(({ path }) => path.endsWith(".tgz")), []);
});

for (const [version, packages] of Object.entries(REACTS)) {
  describe(`with React ${version}`, () => {
    const folder = mkdtempSync(join(tmpdir(), `react-${version}-`));
    const run = (command, ...parameters) =>
      execFileSync(command, parameters, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    after(() => rmSync(folder, { recursive: true, force: true }));

    test("it installs without a warning, and without the hub", () => {
      mkdirSync(join(folder, "src"));
      for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
      const dependencies = { ...packages, "@stackone-connect/react": `file:${TARBALL}` };
      const tools = { vite: "7.3.8", rollup: "4.67.4", typescript: "5.9.3" };
      const project = { private: true, type: "module", dependencies, devDependencies: tools };
      writeFileSync(join(folder, "package.json"), JSON.stringify(project));
      const said = run("npm", "install", "--prefer-offline", "--no-audit", "--no-fund", "--no-package-lock");
      assert.doesNotMatch(said, /warn|ERESOLVE/i);
      assert.ok(!readdirSync(join(folder, "node_modules/@stackone-connect")).includes("hub"));
      assert.throws(() => readdirSync(join(folder, "node_modules/@stackone/hub")));
    });

    test("its types are found, and strict ones fit", () => {
      for (const [module, resolution] of [["ESNext", "bundler"], ["Node16", "Node16"], ["NodeNext", "NodeNext"]]) {
        run("npx", "tsc", "--module", module, "--moduleResolution", resolution);
      }
    });

    test("it is drawn on the server, by Node as it is installed", () => {
      run("npx", "vite", "build", "--ssr", "src/server.tsx", "--outDir", "server");
      const show = `import("./server/server.js").then(({ html }) => console.log(html))`;
      const html = run("node", "--input-type=module", "--eval", show);
      assert.match(html, /^<main><button type="button" aria-disabled="false">Connect<\/button><div class="stackone-connect-panel">/);
    });

    test("every module of it is the client's for a server that tells them apart", () => {
      const react = join(folder, "node_modules/@stackone-connect/react/dist/react");
      const modules = readdirSync(react).filter((name) => name.endsWith(".js"));
      assert.ok(modules.length >= 4);
      for (const name of modules) assert.match(readFileSync(join(react, name), "utf8"), /^"use client";/);
    });

    test("it is small, and the panel comes later", () => {
      writeFileSync(
        join(folder, "size.mjs"),
        `import { build } from "vite";
         const { output } = await build({ logLevel: "error", build: { write: false, modulePreload: false,
           rollupOptions: { input: "src/App.tsx", preserveEntrySignatures: "strict",
             external: [/^react/, /messages.de/], onwarn: () => {} } } });
         console.log(JSON.stringify(output));`,
      );
      const chunks = JSON.parse(run("node", "size.mjs"));
      const sizeOf = (isLate) => {
        const some = chunks.filter(({ isDynamicEntry }) => isDynamicEntry === isLate);
        return gzipSync(some.map(({ code }) => code).join("\n")).length;
      };
      const sizes = [sizeOf(false), sizeOf(true)];
      assert.ok(sizes[0] < LARGEST, `${sizes[0]} bytes`);
      assert.ok(sizes[1] > 1_000, "nothing comes later");
      console.log(`# React ${version}: ${sizes[0]} bytes gzip, ${sizes[1]} more when it is shown`);
    });
  });
}
