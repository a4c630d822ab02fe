/**
 * Which Go built an executable.
 *
 * Normally said by the build information (debug/buildinfo). Some programs ship without it,
 * then by the variable `runtime.buildVersion`: a string header among the data that points
 * to text like `go1.26.4`. Other such strings exist (lists of Go versions in tools), so
 * those that contradict the functions at hand are left out.
 */
import type { ElfImage } from './elf-image.ts';
import { GoProgramError } from './go-program-error.ts';
import { findWords } from './scan-words.ts';

export interface GoVersion {
  /** As the toolchain calls itself, e.g. `go1.26.4` or `devel go1.27-a1b2c3 ...`. */
  text: string;
  /** The 26 of 1.26. */
  minor: number;
  /** The 4 of 1.26.4; 0 when there is none. */
  patch: number;
  source: 'build information' | 'runtime.buildVersion';
}

/** `\xff Go`, the first half of the magic `\xff Go buildinf:`. */
const BUILDINFO_LOW = 0x6f4720ff;
const BUILDINFO_MAGIC = '\xff Go buildinf:';
/** The version string follows at 32, and not by pointers as before Go 1.18. */
const FLAG_INLINE = 2;
const MAX_VERSION_BYTES = 128;
/** The whole of what a toolchain calls itself; a sentence about Go does not fit. */
const VERSION_TEXT =
  /^(?:devel )?go1\.\d{1,2}(?:\.\d{1,3})?(?:(?:rc|beta)\d+)?(?:[-+ ][\x20-\x7e]*)?$/;

/**
 * @param functionMinor - oldest and newest minor version that the executable's functions allow
 * @throws GoProgramError `unsupported-version` when no version is found
 */
export function findGoVersion(image: ElfImage, functionMinor: () => [number, number]): GoVersion {
  const stated = fromBuildInfo(image);
  if (stated !== undefined) return stated;
  const [oldest, newest] = functionMinor();
  let best: GoVersion | undefined;
  for (const found of fromBuildVersion(image)) {
    if (found.minor < oldest || found.minor > newest) continue;
    const isNewer =
      best === undefined ||
      found.minor > best.minor ||
      (found.minor === best.minor && found.patch > best.patch);
    if (isNewer) best = found;
  }
  if (best === undefined) {
    throw new GoProgramError('unsupported-version', 'no trace of the Go version that built it');
  }
  return best;
}

/** Minor and patch number in a toolchain's name; undefined when it is none. */
export function parseGoVersion(text: string): { minor: number; patch: number } | undefined {
  const match = VERSION_TEXT.exec(text) === null ? null : /go1\.(\d+)(?:\.(\d+))?/.exec(text);
  if (match === null) return undefined;
  return { minor: Number(match[1]), patch: Number(match[2] ?? 0) };
}

/** The settings of GOEXPERIMENT that a toolchain's name ends with: `go1.26.4 X:jsonv2,arenas`. */
export function goExperiments(text: string): string[] {
  return /[ -]X:(\S+)/.exec(text)?.[1]?.split(',') ?? [];
}

function fromBuildInfo(image: ElfImage): GoVersion | undefined {
  const section = image.section('.go.buildinfo');
  if (section !== undefined) {
    const found = buildInfoAt(image, section.fileOffset);
    if (found !== undefined) return found;
  }
  for (const address of findWords(image, BUILDINFO_LOW, (s) => s.isWritable)) {
    const found = buildInfoAt(image, image.at(address));
    if (found !== undefined) return found;
  }
  return undefined;
}

function buildInfoAt(image: ElfImage, at: number): GoVersion | undefined {
  const { file } = image;
  if (at + 33 + MAX_VERSION_BYTES > file.byteLength) return undefined;
  for (let i = 0; i < BUILDINFO_MAGIC.length; i++) {
    if (file.u8(at + i) !== BUILDINFO_MAGIC.charCodeAt(i)) return undefined;
  }
  if ((file.u8(at + 15) & FLAG_INLINE) === 0) return undefined;
  // A length above 127 takes a second byte; no version is that long.
  const byteLength = file.u8(at + 32);
  if (byteLength >= MAX_VERSION_BYTES) return undefined;
  const text = file.text(at + 33, byteLength);
  const parsed = parseGoVersion(text);
  return parsed && { text, ...parsed, source: 'build information' };
}

function* fromBuildVersion(image: ElfImage): Generator<GoVersion> {
  const { file } = image;
  for (const segment of image.segments) {
    if (!segment.isWritable) continue;
    const end = Math.min(segment.fileBytes, file.byteLength - segment.fileOffset);
    for (let at = (8 - (segment.address % 8)) % 8; at + 16 <= end; at += 8) {
      const header = segment.fileOffset + at;
      // Length 5 is `go1.9`.
      const byteLength = file.u32(header + 8);
      if (byteLength < 5 || byteLength >= MAX_VERSION_BYTES) continue;
      if (file.u32(header + 12) !== 0 || file.u32(header + 4) >= 0x200000) continue;
      const target = file.u64(header) || (image.relocations().get(segment.address + at) ?? 0);
      const textAt = image.fileOffsetOf(target);
      if (textAt === undefined || textAt + byteLength > file.byteLength) continue;
      const first = file.u8(textAt);
      if (first !== 0x67 && first !== 0x64) continue;
      const text = file.text(textAt, byteLength);
      const parsed = parseGoVersion(text);
      if (parsed !== undefined) yield { text, ...parsed, source: 'runtime.buildVersion' };
    }
  }
}
