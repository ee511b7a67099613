import { defineConfig } from "vitest/config";

export default defineConfig({
  // Relative, so that the build works under whatever STATIC_URL the server has.
  base: "./",
  publicDir: false,
  build: {
    outDir: "../static/react",
    emptyOutDir: true,
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    // The hub alone is larger than Vite's 500 kB; it comes in a chunk of its own, on demand.
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      input: "src/main.tsx",
      onwarn(warning, warn) {
        // zod's comments and the hub's "use client" stand where Rollup has no use for them.
        const harmless = ["INVALID_ANNOTATION", "MODULE_LEVEL_DIRECTIVE"];
        if (!harmless.includes(warning.code ?? "")) warn(warning);
      },
    },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    // So that its own late imports can be waited for.
    server: { deps: { inline: ["@stackone-connect/react"] } },
  },
});
