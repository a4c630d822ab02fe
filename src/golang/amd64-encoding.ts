/**
 * The encoding of x86-64 instructions: prefixes, opcode, operands, and with them the length.
 *
 * Tables with one letter for each opcode (Intel SDM volume 2, appendix A), complete for
 * 64-bit code with legacy, VEX and EVEX encodings. Checked against objdump over whole
 * executables. What instructions mean is the business of decode-amd64.ts.
 */

/*
 * Letters: `.` nothing follows the opcode, `M` ModRM, `m` ModRM and imm8, `z` ModRM and
 * imm32 (imm16 after prefix 66), `B` imm8, `Z` imm32 or imm16, `J` rel32, `V` imm64 with REX.W,
 * `A` 64-bit address, `W` imm16, `E` imm16 and imm8, `G` group 3, `X` not in 64-bit code.
 * Prefixes, 0F, VEX and EVEX are handled before the table is asked.
 */
const ONE_BYTE =
  'MMMMBZXXMMMMBZX.MMMMBZXXMMMMBZXXMMMMBZ.XMMMMBZ.XMMMMBZ.XMMMMBZ.X' + // 00
  '................................XX.M....ZzBm....BBBBBBBBBBBBBBBB' + // 40
  'mzXmMMMMMMMMMMMM..........X.....AAAA....BZ......BBBBBBBBVVVVVVVV' + // 80
  'mmW.XXmzE.W..BX.MMMMXXX.MMMMMMMMBBBBBBBBJJXB..........GG......MM'; // C0
const TWO_BYTE =
  'MMMMX.....X.XM.mMMMMMMMMMMMMMMMMMMMMXXXXMMMMMMMM......X.XXXXXXXX' + // 00
  'MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMmmmmMMM.MMXXMMMM' + // 40
  'JJJJJJJJJJJJJJJJMMMMMMMMMMMMMMMM...MmMXX...MmMMMMMMMMMMMMMmMMMMM' + // 80
  'MMmMmmmM........MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM'; // C0

const MAX_INSTRUCTION_BYTES = 15;

/** What the bytes say before their meaning is asked. */
export interface Encoding {
  /** 1: one byte, 2: 0F, 3: 0F 38, 4: 0F 3A, 0: VEX or EVEX. */
  map: number;
  opcode: number;
  rex: number;
  hasLock: boolean;
  hasSegment: boolean;
  has66: boolean;
  /** -1 when the opcode has none. */
  modrm: number;
  memory: { base: number; displacement: number; isRipRelative: boolean } | undefined;
  immediateAt: number;
  byteLength: number;
}

/**
 * The encoding of the instruction at `start`.
 *
 * @returns undefined when the bytes are no instruction of 64-bit code, or are cut off
 */
export function readEncoding(code: Uint8Array, start: number): Encoding | undefined {
  let at = start;
  let has66 = false;
  let has67 = false;
  let hasLock = false;
  let hasSegment = false;
  let rex = 0;
  for (; at - start < MAX_INSTRUCTION_BYTES; at++) {
    const byte = code[at];
    if (byte === 0x66) has66 = true;
    else if (byte === 0x67) has67 = true;
    else if (byte === 0xf0) hasLock = true;
    else if (byte === 0x64 || byte === 0x65 || (byte !== undefined && (byte & 0xe7) === 0x26)) {
      hasSegment = true;
    } else if (byte !== 0xf2 && byte !== 0xf3) break;
  }
  if ((code[at]! & 0xf0) === 0x40) rex = code[at++]!;
  let opcode = code[at++];
  let map = 1;
  let letter: string;
  if (opcode === 0xc4 || opcode === 0xc5 || opcode === 0x62) {
    // VEX of 2 or 3 bytes, EVEX of 4: the map is in the first byte after, save in C5.
    const vexMap = opcode === 0xc5 ? 1 : code[at]! & (opcode === 0xc4 ? 31 : 7);
    at += opcode === 0xc5 ? 1 : opcode === 0xc4 ? 2 : 3;
    opcode = code[at++];
    map = 0;
    letter = vexMap === 1 ? (TWO_BYTE[opcode!] ?? 'X') : vexMap === 3 ? 'm' : 'M';
    // Opcodes without a legacy meaning have one here (vcvtudq2ps).
    if (letter === 'X') letter = 'M';
    if (letter === 'J' || vexMap === 0) return undefined;
  } else if (opcode === 0x0f) {
    opcode = code[at++];
    map = opcode === 0x38 ? 3 : opcode === 0x3a ? 4 : 2;
    if (map > 2) opcode = code[at++];
    letter = map === 2 ? (TWO_BYTE[opcode!] ?? 'X') : map === 3 ? 'M' : 'm';
  } else {
    letter = ONE_BYTE[opcode!] ?? 'X';
  }
  if (opcode === undefined || letter === 'X') return undefined;

  let modrm = -1;
  let memory: Encoding['memory'];
  if (letter === 'M' || letter === 'm' || letter === 'z' || letter === 'G') {
    modrm = code[at++] ?? -1;
    const mod = modrm >> 6;
    let base = (modrm & 7) | ((rex & 1) << 3);
    const isRipRelative = mod === 0 && (modrm & 7) === 5;
    let dispBytes = mod === 1 ? 1 : mod === 2 || isRipRelative ? 4 : 0;
    if (mod !== 3 && (modrm & 7) === 4) {
      const sib = code[at++] ?? 0;
      base = (sib & 7) | ((rex & 1) << 3);
      if (mod === 0 && (sib & 7) === 5) {
        dispBytes = 4;
        base = -1;
      }
    }
    if (mod !== 3) {
      const displacement =
        dispBytes === 1 ? (code[at]! << 24) >> 24 : dispBytes === 4 ? i32(code, at) : 0;
      memory = { base: isRipRelative ? -1 : base, displacement, isRipRelative };
      at += dispBytes;
    }
  }
  const byteLength = at - start + immediateBytes(letter, opcode, modrm, rex, has66, has67);
  // Cut off, or longer than an instruction may be.
  if (start + byteLength > code.length || byteLength > MAX_INSTRUCTION_BYTES) return undefined;
  const prefixes = { rex, hasLock, hasSegment, has66 };
  return { ...prefixes, map, opcode, modrm, memory, immediateAt: at, byteLength };
}

function immediateBytes(
  letter: string,
  opcode: number,
  modrm: number,
  rex: number,
  has66: boolean,
  has67: boolean,
): number {
  const wide = (rex & 8) !== 0;
  const short = has66 && !wide ? 2 : 4;
  switch (letter) {
    case 'B':
    case 'm':
      return 1;
    case 'Z':
    case 'z':
      return short;
    case 'J':
      return 4;
    case 'V':
      return wide ? 8 : short;
    case 'A':
      return has67 ? 4 : 8;
    case 'W':
      return 2;
    case 'E':
      return 3;
    case 'G':
      // Only `test` of the group has one.
      if ((modrm & 0x30) !== 0) return 0;
      return opcode === 0xf6 ? 1 : short;
    default:
      return 0;
  }
}

/** Little-endian, signed; bytes beyond the end count as zero. */
export function i32(code: Uint8Array, at: number): number {
  return (
    (code[at] ?? 0) |
    ((code[at + 1] ?? 0) << 8) |
    ((code[at + 2] ?? 0) << 16) |
    ((code[at + 3] ?? 0) << 24)
  );
}
