/** Decompression of an executable's debug information. */
import { inflateSync } from 'node:zlib';
import type { Inflate } from '../golang/index.ts';

/** A zlib stream of at most `sizeBytes`; undefined when it is damaged or longer. */
export const inflate: Inflate = (bytes, sizeBytes) => {
  try {
    return inflateSync(bytes, { maxOutputLength: sizeBytes });
  } catch {
    return undefined;
  }
};
