/** The functions of a BPF object: their instructions, by name. ELF64, little-endian (elf(5)). */
import { readFileSync } from 'node:fs';

export const INSTRUCTION_BYTES = 8;

const [SECTION_SYMTAB, SYMBOL_FUNC] = [2, 2];

interface Section {
  type: number;
  offset: number;
  sizeBytes: number;
  link: number;
}

/** @param path - of the object */
export function functionsOf(path: string): Map<string, Buffer> {
  const object = readFileSync(path);
  const sectionCount = object.readUInt16LE(60);
  const sections = Array.from({ length: sectionCount }, (_, i): Section => {
    const at = Number(object.readBigUInt64LE(40)) + i * 64;
    const [offset, sizeBytes] = [24, 32].map((field) => Number(object.readBigUInt64LE(at + field)));
    const [type, link] = [object.readUInt32LE(at + 4), object.readUInt32LE(at + 40)];
    return { type, offset: offset!, sizeBytes: sizeBytes!, link };
  });
  const symbols = sections.find(({ type }) => type === SECTION_SYMTAB)!;
  const names = sections[symbols.link]!;
  const found = new Map<string, Buffer>();
  for (let at = symbols.offset; at < symbols.offset + symbols.sizeBytes; at += 24) {
    if ((object[at + 4]! & 0xf) !== SYMBOL_FUNC) continue;
    const nameAt = names.offset + object.readUInt32LE(at);
    const name = object.toString('latin1', nameAt, object.indexOf(0, nameAt));
    const { offset } = sections[object.readUInt16LE(at + 6)]!;
    const start = offset + Number(object.readBigUInt64LE(at + 8));
    found.set(name, object.subarray(start, start + Number(object.readBigUInt64LE(at + 16))));
  }
  return found;
}
