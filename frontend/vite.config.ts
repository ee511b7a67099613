import { defineConfig } from "vitest/config";

// What both the element and its later part need: neither imports the other's file, because storages of
// Django that rewrite imports by the files' hashes can't follow a circle.
const SHARED = /core\/(api|dom|report|types)\.ts$/;
const NAMES: Record<string, string> = { shared: "connect-shared.js", flow: "connect-flow.js" };

// The element, for Django's static files. It is committed there, so that a host needs no Node; a test
// holds it against this build.
export default defineConfig({
  plugins: [
    {
      name: "short-styles",
      transform: (code, id) =>
        id.endsWith("/styles.ts") ? code.replaceAll(/\n\s+(?=[^`]*`;)/g, " ") : undefined,
    },
  ],
  publicDir: false,
  build: {
    outDir: process.env.ELEMENT_FOLDER ?? "../stackone_connect/static/stackone_connect",
    emptyOutDir: false,
    target: "es2022",
    modulePreload: false,
    reportCompressedSize: false,
    rollupOptions: {
      input: "src/element/index.ts",
      preserveEntrySignatures: "strict",
      // The names stay, because the files are beside each other in every host's static files.
      output: {
        entryFileNames: "connect.js",
        chunkFileNames: ({ name }) => NAMES[name] ?? "messages-[name].js",
        manualChunks: (id) => (SHARED.test(id) ? "shared" : undefined),
      },
    },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
