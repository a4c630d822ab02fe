import { defineConfig } from 'vitest/config';

/** `npm run test:matrix`: builds with every toolchain the first time, which takes long. */
export default defineConfig({
  test: {
    include: ['test/matrix/*.matrix.ts'],
    expect: { requireAssertions: true },
    testTimeout: 300_000,
    maxWorkers: 1,
  },
});
