/**
 * File and line of a site, for whole columns of sites.
 */
import { FormatError } from '../format/errors.ts';
import type { SiteRow } from '../format/recording.ts';
import { createEnumColumn } from './enum-column.ts';
import type { EnumColumn } from './enum-column.ts';

export interface SiteLookup {
  /** The files there are; index 0 is the empty string. */
  readonly files: EnumColumn;
  /** Indices into `files` for sites; 0 where the site is 0 or not known. */
  fileIndices(sites: Int32Array): Int32Array<ArrayBuffer>;
  /** Lines from 1; 0 where the site is 0 or not known. */
  lines(sites: Int32Array): Int32Array<ArrayBuffer>;
}

/**
 * @throws FormatError `bad-value` when sites are not numbered one after the other, roughly:
 *   the tables are as long as the largest number
 */
export function createSiteLookup(sites: readonly SiteRow[]): SiteLookup {
  const largest = sites.reduce((max, { site }) => Math.max(max, site), 0);
  // Sites are numbered from 1 as they are seen; gaps come from what another tool left out.
  if (largest > 65_536 + sites.length * 64) {
    throw new FormatError('bad-value', 0, `site ${largest} among ${sites.length} sites`);
  }
  const fileOf = new Int32Array(largest + 1);
  const lineOf = new Int32Array(largest + 1);
  const files = new Map([['', 0]]);
  for (const { site, file, line } of sites) {
    if (site < 1) continue;
    if (!files.has(file)) files.set(file, files.size);
    fileOf[site] = files.get(file)!;
    lineOf[site] = line;
  }
  return {
    files: createEnumColumn([...files.keys()]),
    fileIndices: (column) => lookUp(fileOf, column),
    lines: (column) => lookUp(lineOf, column),
  };
}

function lookUp(table: Int32Array, sites: Int32Array): Int32Array<ArrayBuffer> {
  const found = new Int32Array(sites.length);
  for (let row = 0; row < sites.length; row++) found[row] = table[sites[row]!] ?? 0;
  return found;
}
