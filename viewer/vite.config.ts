import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  // Relative, so that the page works below any path.
  base: './',
  plugins: [svelte({ configFile: 'svelte.config.js' })],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // The page's policy allows no inline script, also not Vite's for old browsers.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
