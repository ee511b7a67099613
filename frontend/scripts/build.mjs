// Builds what is shipped: the package's modules and its tarball, and the element in Django's static
// files. Says how large they are.

import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";

import { build } from "vite";

const STATIC = process.env.ELEMENT_FOLDER ?? "../stackone_connect/static/stackone_connect";
const run = (command, ...parameters) =>
  execFileSync(command, parameters, { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" });
const kilobytes = (code) => `${(gzipSync(code).length / 1000).toFixed(1)} kB`;
const report = (name, [first, ...later]) =>
  console.log(`${name}: ${kilobytes(first)} gzip, and ${later.map(kilobytes).join(", ")} later`);

rmSync("dist", { recursive: true, force: true });
run("npx", "tsc", "-p", "tsconfig.build.json");
await build({ logLevel: "error" });
const read = (name) => readFileSync(`${STATIC}/connect${name}.js`);
report("the element", [Buffer.concat([read(""), read("-shared")]), read("-flow")]);

// As a host's bundler makes it, without React and StackOne's hub.
const bundle = await build({
  configFile: false,
  logLevel: "error",
  build: {
    write: false,
    modulePreload: false,
    rollupOptions: {
      input: "dist/react/index.js",
      preserveEntrySignatures: "strict",
      external: [/^react/, /^@stackone\/hub/],
      onwarn: (warning, warn) => warning.code === "MODULE_LEVEL_DIRECTIVE" || warn(warning),
    },
  },
});
const chunks = bundle.output.map(({ code }) => code);
report("the React package, without React and the hub", [chunks.slice(0, 2).join(""), chunks[2]]);

const [{ filename }] = JSON.parse(run("npm", "pack", "--json", "--pack-destination", "dist"));
run("mv", `dist/${filename}`, "dist/package.tgz");
