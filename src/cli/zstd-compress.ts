/** Zstandard for what is written: the module that Node 20 lacks. */
import zstd from '@foxglove/wasm-zstd';
import type { Compress } from '../format/index.ts';

/** Levels of zstd that are worth their time. */
export const ZSTD_LEVELS = { lowest: 1, highest: 19, default: 6 };

/** @returns what compresses with the level; ready when the promise is fulfilled */
export async function zstdCompress(level: number): Promise<Compress> {
  await zstd.isLoaded;
  return (bytes) => zstd.compress(bytes, level);
}
