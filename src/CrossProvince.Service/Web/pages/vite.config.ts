import { defineConfig } from "vite";

// dotnet build says where the pages go; a run by hand leaves them in dist.
const folder = process.env.CROSSPROVINCE_PAGES ?? "dist";

export default defineConfig({
  appType: "mpa",
  build: {
    target: "es2022",
    outDir: folder,
    emptyOutDir: true,
    // Nothing stands in the page itself that the content security policy would have to allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { counter: "counter/index.html", help: "help/index.html" } },
  },
});
