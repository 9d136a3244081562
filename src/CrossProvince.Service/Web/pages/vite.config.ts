import { defineConfig } from "vite";

// dotnet build says where the pages go; a run by hand leaves them in dist.
const folder = process.env.CROSSPROVINCE_PAGES ?? "dist";

export default defineConfig({
  appType: "mpa",
  build: {
    // Phones last longer than their browsers are renewed: those of 2021.
    target: ["chrome92", "edge92", "firefox92", "safari15.4"],
    outDir: folder,
    emptyOutDir: true,
    // Nothing stands in the page itself that the content security policy would have to allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { counter: "counter/index.html", help: "help/index.html", ops: "ops/index.html", wallet: "wallet/index.html", worker: "src/wallet/worker.ts" },
      // A service worker is found again by its name, and rules what lies beside it.
      output: { entryFileNames: ({ name }) => (name === "worker" ? "wallet/worker.js" : "assets/[name]-[hash].js") },
    },
  },
});
