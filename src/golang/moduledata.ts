/**
 * The runtime's own description of the executable: `runtime.firstmoduledata`.
 *
 * It says where Go's code begins, which the function table no longer says from 1.26 on and
 * which is not the start of `.text` when C was linked in; and where types are. It starts
 * with a pointer to the function table's header followed by a pointer to the names, which
 * is how it is found where no section names it (up to 1.25).
 */
import type { ElfImage } from './elf-image.ts';
import { GoProgramError } from './go-program-error.ts';
import type { PclntabHeader } from './pclntab-header.ts';
import { moduledataLayout } from './runtime-layout.ts';
import { findWords } from './scan-words.ts';

/** Offsets of the fields that are the same in Go 1.16 to 1.27. */
const FUNC_NAME_TAB = 8;
const MINPC = 160;
const MAXPC = 168;
const TEXT = 176;
const ETEXT = 184;

/** What of moduledata is used; addresses. */
export interface Moduledata {
  text: number;
  etext: number;
  types: number;
  etypes: number;
  gofunc: number;
}

/**
 * Find moduledata by the header of the function table it points to.
 *
 * @returns its address
 * @throws GoProgramError `damaged` when nothing points to the table as moduledata does
 */
export function findModuledata(image: ElfImage, header: PclntabHeader): number {
  const isModuledata = (address: number) =>
    image.bytesFrom(address) >= ETEXT + 8 &&
    pointerOr(image, address) === header.address &&
    pointerOr(image, address + FUNC_NAME_TAB) === header.address + header.funcNameOffset;

  const section = image.section('.go.module');
  if (section !== undefined && isModuledata(section.address)) return section.address;
  // The words of its first field are equal to those of the address, unless they are
  // filled in by the loader only.
  for (const address of findWords(image, header.address % 2 ** 32, (s) => s.isWritable)) {
    if (isModuledata(address)) return address;
  }
  for (const [address, target] of image.relocations()) {
    if (target === header.address && isModuledata(address)) return address;
  }
  throw new GoProgramError('damaged', 'nothing refers to the table of Go functions');
}

/**
 * Where Go's code begins and ends; in moduledata at the same place in every version.
 *
 * @param address - from `findModuledata`
 * @throws GoProgramError `damaged` when that is not in the executable
 */
export function readTextBounds(
  image: ElfImage,
  address: number,
): Pick<Moduledata, 'text' | 'etext'> {
  const [text, minpc, maxpc, etext] = [TEXT, MINPC, MAXPC, ETEXT].map((offset) =>
    image.pointer(address + offset),
  ) as [number, number, number, number];
  const isOrdered = text <= minpc && minpc <= maxpc && maxpc <= etext;
  if (!isOrdered || image.bytesFrom(text) < etext - text) {
    throw new GoProgramError('damaged', "the bounds of Go's code are not in the executable");
  }
  return { text, etext };
}

/**
 * Read moduledata.
 *
 * @param address - from `findModuledata`
 * @param minor - Go 1.`minor`, which decides where the fields behind `etext` are
 * @throws GoProgramError `damaged` when its ranges are not in the executable
 */
export function readModuledata(image: ElfImage, address: number, minor: number): Moduledata {
  const layout = moduledataLayout(minor);
  const types = image.pointer(address + layout.types);
  const etypes = image.pointer(address + layout.etypes);
  const gofunc = image.pointer(address + layout.gofunc);
  if (!(types <= etypes) || image.bytesFrom(types) < etypes - types) {
    throw new GoProgramError('damaged', "the bounds of Go's types are not in the executable");
  }
  if (image.bytesFrom(gofunc) === 0) {
    throw new GoProgramError('damaged', "Go's function data is not in the executable");
  }
  return { ...readTextBounds(image, address), types, etypes, gofunc };
}

function pointerOr(image: ElfImage, address: number): number | undefined {
  try {
    return image.pointer(address);
  } catch (error) {
    if (error instanceof GoProgramError) return undefined;
    throw error;
  }
}
