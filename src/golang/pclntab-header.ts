/**
 * Finding the function table (pclntab) and understanding its header.
 *
 * It is in every Go executable, stripped or not, because the runtime needs it for stack
 * traces. By its section when there is one, else by its first eight bytes. Source:
 * internal/abi and runtime/symtab.go, `pcHeader`; Go 1.18 to 1.27 share the layout and
 * differ in the magic number: 0xfffffff0 to 1.19, 0xfffffff1 since.
 */
import type { ElfImage } from './elf-image.ts';
import { GoProgramError } from './go-program-error.ts';
import { findWords } from './scan-words.ts';

export interface PclntabHeader {
  /** Address of the header; the offsets below count from here. */
  address: number;
  /** Bytes of the file from there to the end of the segment: no table may be longer. */
  availableBytes: number;
  /** From Go 1.20 on functions and inlined calls carry the line they start at. */
  hasStartLines: boolean;
  /** Unit of program counters: 1 on amd64, 4 on arm64. */
  pcQuantum: number;
  functionCount: number;
  fileCount: number;
  funcNameOffset: number;
  cuOffset: number;
  fileTabOffset: number;
  pcTabOffset: number;
  /** Of the table of functions, and of what its entries point to. */
  funcTabOffset: number;
}

const MAGIC_1_20 = 0xfffffff1;
const MAGIC_1_18 = 0xfffffff0;
/** Of Go 1.2 to 1.15 and of 1.16 and 1.17. */
const OLD_MAGICS = new Set([0xfffffffb, 0xfffffffa]);
const HEADER_BYTES = 72;

/**
 * @throws GoProgramError `not-go` when there is none, `unsupported-version` when it is of
 *   Go 1.17 or older, `damaged` when its header contradicts the file
 */
export function findPclntab(image: ElfImage): PclntabHeader {
  const section =
    image.section('.gopclntab') ??
    // Position-independent executables up to Go 1.25.
    image.section('.data.rel.ro.gopclntab');
  if (section !== undefined && section.address !== 0) {
    const header = headerAt(image, section.address);
    if (header !== undefined) return header;
  }
  for (const magic of [MAGIC_1_20, MAGIC_1_18]) {
    for (const address of findWords(image, magic, () => true)) {
      const header = headerAt(image, address);
      if (header !== undefined) return header;
    }
  }
  if (section !== undefined) {
    if (OLD_MAGICS.has(image.file.u32(section.fileOffset))) {
      throw new GoProgramError('unsupported-version', 'built by Go 1.17 or older');
    }
    throw new GoProgramError('damaged', 'the table of Go functions has no valid header');
  }
  if (image.segments.some((s) => s.fileOffset + s.fileBytes > image.file.byteLength)) {
    throw new GoProgramError('damaged', 'the executable ends before its segments do: cut off');
  }
  throw new GoProgramError(
    'not-go',
    'not a Go program: it has no table of Go functions (or an obfuscated one)',
  );
}

/** The header at an address; undefined when what is there cannot be one. */
function headerAt(image: ElfImage, address: number): PclntabHeader | undefined {
  const availableBytes = image.bytesFrom(address);
  const at = image.fileOffsetOf(address);
  if (at === undefined || availableBytes < HEADER_BYTES) return undefined;
  const { file } = image;
  if (at + HEADER_BYTES > file.byteLength) return undefined;
  const magic = file.u32(at);
  if (magic !== MAGIC_1_20 && magic !== MAGIC_1_18) return undefined;
  const pcQuantum = file.u8(at + 6);
  if (file.u16(at + 4) !== 0 || file.u8(at + 7) !== 8) return undefined;
  if (pcQuantum !== (image.arch === 'amd64' ? 1 : 4)) return undefined;
  const words = [8, 16, 32, 40, 48, 56, 64].map((offset) =>
    file.u32(at + offset + 4) === 0 ? file.u32(at + offset) : Infinity,
  );
  const [functionCount, fileCount, funcNameOffset, cuOffset, fileTabOffset, pcTabOffset] =
    words as [number, number, number, number, number, number];
  const funcTabOffset = words[6]!;
  const offsets = [HEADER_BYTES, funcNameOffset, cuOffset, fileTabOffset, pcTabOffset];
  // The linker writes the parts in this order.
  let last = 0;
  for (const offset of [...offsets, funcTabOffset]) {
    if (!(offset >= last && offset <= availableBytes)) return undefined;
    last = offset;
  }
  if (functionCount === 0 || funcTabOffset + functionCount * 8 + 4 > availableBytes) {
    return undefined;
  }
  return {
    address,
    availableBytes,
    hasStartLines: magic === MAGIC_1_20,
    pcQuantum,
    functionCount,
    fileCount,
    funcNameOffset,
    cuOffset,
    fileTabOffset,
    pcTabOffset,
    funcTabOffset,
  };
}
