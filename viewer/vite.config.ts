import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

/**
 * The page as it can also be opened from a folder: browsers load no modules and nothing
 * marked `crossorigin` from file://, so the one script is a classic one.
 */
function openFromFolder(): Plugin {
  return {
    name: 'open-from-folder',
    enforce: 'post',
    transformIndexHtml: {
      order: 'post',
      handler: (html) =>
        html
          .replace('<script type="module" crossorigin', '<script defer')
          .replace('<link rel="stylesheet" crossorigin', '<link rel="stylesheet"'),
    },
  };
}

export default defineConfig({
  // Relative, so that the page works below any path.
  base: './',
  plugins: [svelte({ configFile: 'svelte.config.js' }), openFromFolder()],
  worker: { format: 'iife' },
  build: {
    target: 'es2022',
    // The page's policy allows no inline script, also not Vite's for old browsers.
    modulePreload: false,
    assetsInlineLimit: 0,
    // A file of its own: a script may not add inline styles under the page's policy.
    cssCodeSplit: false,
    rollupOptions: { output: { format: 'iife' } },
  },
});
