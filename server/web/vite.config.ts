// One page, its code split by screen; names carry a hash of the content. Served by stepguardd only, so nothing is inlined (the
// content security policy would refuse it) and nothing is asked of another host.
import { defineConfig } from "vite";

const api = process.env.STEPGUARD_OFFICE; // npx vite: pages from here, answers from a running daemon

export default defineConfig({
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
  },
  server: api ? { proxy: { "/api": { target: api, secure: false, changeOrigin: true, headers: { origin: api } } } } : {},
});
