/**
 * An ELF executable: which file bytes are at which address.
 *
 * Only what finding Go's tables needs: loaded segments, section headers when there are
 * any (they may be stripped), and the relative relocations of position-independent
 * executables. 64-bit little-endian only. Source: System V ABI, chapters 4 and 5.
 *
 * Addresses are link-time addresses, as the file has them: numbers below 2^53.
 */
import { CheckedBytes, type ExecutableBytes } from './executable-bytes.ts';
import { GoProgramError } from './go-program-error.ts';

export type Arch = 'amd64' | 'arm64';

/** A loaded segment. */
export interface Segment {
  address: number;
  fileOffset: number;
  /** Bytes that the file has of it; what memory has beyond is zero. */
  fileBytes: number;
  memoryBytes: number;
  isWritable: boolean;
  isExecutable: boolean;
}

export interface Section {
  name: string;
  address: number;
  fileOffset: number;
  byteLength: number;
  /** The bytes begin with a header that says how they are compressed. */
  isCompressed: boolean;
}

const EM_X86_64 = 62;
const EM_AARCH64 = 183;
const ET_EXEC = 2;
const ET_DYN = 3;
const PT_LOAD = 1;
const PF_X = 1;
const PF_W = 2;
const SHT_NOBITS = 8;
const SHF_COMPRESSED = 1 << 11;
const R_X86_64_RELATIVE = 8;
const R_AARCH64_RELATIVE = 1027;
/** More sections or segments than any linker makes. */
const MAX_HEADERS = 4096;

export class ElfImage {
  readonly file: CheckedBytes;
  readonly arch: Arch;
  readonly isPie: boolean;
  readonly segments: readonly Segment[];
  readonly #sections: ReadonlyMap<string, Section>;
  #relocated: Map<number, number> | undefined;

  /** @throws GoProgramError `not-elf`, `not-go`, `unsupported-arch`, `damaged` */
  constructor(bytes: ExecutableBytes) {
    this.file = new CheckedBytes(bytes);
    const head = bytes.byteLength >= 64 ? this.file.slice(0, 64) : new Uint8Array(64);
    if (head[0] !== 0x7f || head[1] !== 0x45 || head[2] !== 0x4c || head[3] !== 0x46) {
      throw new GoProgramError('not-elf', 'not an ELF executable');
    }
    if (head[4] !== 2 || head[5] !== 1) {
      throw new GoProgramError('unsupported-arch', 'not a 64-bit little-endian executable');
    }
    const type = this.file.u16(16);
    if (type !== ET_EXEC && type !== ET_DYN) {
      throw new GoProgramError('not-go', 'an ELF file, but not an executable');
    }
    const machine = this.file.u16(18);
    if (machine !== EM_X86_64 && machine !== EM_AARCH64) {
      throw new GoProgramError(
        'unsupported-arch',
        `built for machine ${machine} of the ELF register, neither x86-64 nor arm64`,
      );
    }
    this.arch = machine === EM_X86_64 ? 'amd64' : 'arm64';
    this.isPie = type === ET_DYN;
    this.segments = readSegments(this.file);
    this.#sections = readSections(this.file);
  }

  /** The section of that name, when there is one with bytes in the file. */
  section(name: string): Section | undefined {
    return this.#sections.get(name);
  }

  /** Where in the file the byte at `address` is; undefined when the file has none. */
  fileOffsetOf(address: number): number | undefined {
    for (const segment of this.segments) {
      const at = address - segment.address;
      if (at >= 0 && at < segment.fileBytes) return segment.fileOffset + at;
    }
    return undefined;
  }

  /** As `fileOffsetOf`. @throws GoProgramError `damaged` when the file has no such byte */
  at(address: number): number {
    const fileOffset = this.fileOffsetOf(address);
    if (fileOffset === undefined) {
      throw new GoProgramError(
        'damaged',
        `a table points to address 0x${address.toString(16)}, which is not in the executable`,
      );
    }
    return fileOffset;
  }

  /** Bytes of the file from `address` to the end of its segment; 0 when it has none. */
  bytesFrom(address: number): number {
    for (const segment of this.segments) {
      const at = address - segment.address;
      if (at >= 0 && at < segment.fileBytes) return segment.fileBytes - at;
    }
    return 0;
  }

  isWritable(address: number): boolean {
    return this.segments.some(
      (s) => s.isWritable && address >= s.address && address < s.address + s.memoryBytes,
    );
  }

  /** The pointer stored at `address`, after relocation. */
  pointer(address: number): number {
    const stored = this.file.u64(this.at(address));
    // Go's linker and GNU ld store the addend in place as well; lld leaves zero.
    if (stored !== 0 || !this.isPie) return stored;
    return this.relocations().get(address) ?? 0;
  }

  /** Relative relocations: address of a pointer to its value at load bias 0. */
  relocations(): ReadonlyMap<number, number> {
    if (this.#relocated !== undefined) return this.#relocated;
    this.#relocated = new Map();
    const table = this.isPie ? (this.section('.rela.dyn') ?? this.section('.rela')) : undefined;
    const relative = this.arch === 'amd64' ? R_X86_64_RELATIVE : R_AARCH64_RELATIVE;
    for (let at = 0; table !== undefined && at + 24 <= table.byteLength; at += 24) {
      const entry = table.fileOffset + at;
      if (this.file.u32(entry + 8) !== relative || this.file.u32(entry + 12) !== 0) continue;
      if (this.file.u32(entry + 4) >= 0x200000 || this.file.u32(entry + 20) >= 0x200000) continue;
      this.#relocated.set(this.file.u64(entry), this.file.u64(entry + 16));
    }
    return this.#relocated;
  }
}

function readSegments(file: CheckedBytes): Segment[] {
  const start = file.u64(32);
  const entryBytes = file.u16(54);
  const count = file.u16(56);
  const segments: Segment[] = [];
  for (let i = 0; i < Math.min(count, MAX_HEADERS) && entryBytes >= 56; i++) {
    const at = start + i * entryBytes;
    if (file.u32(at) !== PT_LOAD) continue;
    const flags = file.u32(at + 4);
    segments.push({
      fileOffset: file.u64(at + 8),
      address: file.u64(at + 16),
      fileBytes: file.u64(at + 32),
      memoryBytes: file.u64(at + 40),
      isWritable: (flags & PF_W) !== 0,
      isExecutable: (flags & PF_X) !== 0,
    });
  }
  // A file cut off keeps what it has; reading beyond says so.
  if (segments.length === 0) throw new GoProgramError('damaged', 'the executable has no segments');
  return segments;
}

/** Sections by name; none when there is no readable table of them, for nothing needs it. */
function readSections(file: CheckedBytes): Map<string, Section> {
  const sections = new Map<string, Section>();
  const entryBytes = file.u16(58);
  const count = Math.min(file.u16(60), MAX_HEADERS);
  const namesIndex = file.u16(62);
  try {
    const start = file.u64(40);
    if (start === 0 || entryBytes < 64 || namesIndex >= count) return sections;
    const names = file.u64(start + namesIndex * entryBytes + 24);
    for (let i = 0; i < count; i++) {
      const at = start + i * entryBytes;
      if (file.u32(at + 4) === SHT_NOBITS) continue;
      const section = {
        name: file.cString(names + file.u32(at)),
        address: file.u64(at + 16),
        fileOffset: file.u64(at + 24),
        byteLength: file.u64(at + 32),
        isCompressed: (file.u32(at + 8) & SHF_COMPRESSED) !== 0,
      };
      if (section.fileOffset + section.byteLength > file.byteLength) continue;
      if (!sections.has(section.name)) sections.set(section.name, section);
    }
  } catch (error) {
    if (!(error instanceof GoProgramError)) throw error;
  }
  return sections;
}
