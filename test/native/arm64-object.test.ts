/** The probe programs compile for arm64, where nothing has been recorded yet. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { functionsOf, INSTRUCTION_BYTES } from './object-functions.ts';
import { OBJECT_PATH } from './record-program.ts';

/** Of Debian's linux-libc-dev-arm64-cross. */
const hasHeaders = existsSync('/usr/aarch64-linux-gnu/include/asm/ptrace.h');

/** BPF_LDX | BPF_MEM | BPF_DW. */
const LOAD_WORD = 0x79;

/** Where the register with g lies: r14 in struct pt_regs, x28 in struct user_pt_regs. */
const G_BYTE = { amd64: 8, arm64: 28 * 8 };

function loadedBytes(code: Buffer): Set<number> {
  const found = new Set<number>();
  for (let at = 0; at < code.length; at += INSTRUCTION_BYTES) {
    if (code[at] === LOAD_WORD) found.add(code.readInt16LE(at + 2));
  }
  return found;
}

it.skipIf(process.platform !== 'linux' || !hasHeaders)(
  'the object for arm64 has the same programs, which read its registers',
  () => {
    const object = join(mkdtempSync(join(tmpdir(), 'xgotop-arm64-')), 'record.bpf.o');
    const folder = new URL('../../bpf', import.meta.url).pathname;
    execFileSync('make', ['-s', '-C', folder, 'ARCH=aarch64', `OBJECT=${object}`]);
    const [own, other] = [functionsOf(OBJECT_PATH), functionsOf(object)];
    expect([...other.keys()].sort()).toEqual([...own.keys()].sort());
    for (const name of ['on_casgstatus', 'on_mallocgc']) {
      expect(loadedBytes(own.get(name)!)).toContain(G_BYTE.amd64);
      expect(loadedBytes(own.get(name)!)).not.toContain(G_BYTE.arm64);
      expect(loadedBytes(other.get(name)!)).toContain(G_BYTE.arm64);
    }
  },
);
