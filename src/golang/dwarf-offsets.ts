/**
 * Where the fields that we read are in the runtime's structs, as the executable's own debug
 * information says. Present unless the program was stripped; better than any table, because
 * a fork of Go or an experiment that moved a field tells so itself.
 */
import { debugSection, type Inflate } from './debug-section.ts';
import { dwarfStructs } from './dwarf-structs.ts';
import type { ElfImage } from './elf-image.ts';
import { GoProgramError } from './go-program-error.ts';
import type { GoOffsets } from './runtime-layout.ts';

/** Struct and field behind each offset. */
const FIELDS: Readonly<Record<keyof GoOffsets, readonly [struct: string, field: string]>> = {
  gM: ['runtime.g', 'm'],
  gStatus: ['runtime.g', 'atomicstatus'],
  gGoid: ['runtime.g', 'goid'],
  gWaitReason: ['runtime.g', 'waitreason'],
  gParentGoid: ['runtime.g', 'parentGoid'],
  gGopc: ['runtime.g', 'gopc'],
  gStartpc: ['runtime.g', 'startpc'],
  mCurg: ['runtime.m', 'curg'],
  mP: ['runtime.m', 'p'],
  pId: ['runtime.p', 'id'],
  gSched: ['runtime.g', 'sched'],
  gobufBp: ['runtime.gobuf', 'bp'],
  gLabels: ['runtime.g', 'labels'],
};

/**
 * Offsets in g, m and p.
 *
 * @param inflate - decompresses sections; see `Inflate`
 * @returns undefined when the debug information is missing, cannot be read or has not all of
 *   them; `gParentGoid` is -1 when g has none
 */
export function dwarfOffsets(image: ElfImage, inflate: Inflate | undefined): GoOffsets | undefined {
  try {
    const abbrev = debugSection(image, 'abbrev', inflate);
    const info = abbrev && debugSection(image, 'info', inflate);
    if (abbrev === undefined || info === undefined) return undefined;
    const structs = dwarfStructs(info, abbrev, [
      'runtime.g',
      'runtime.m',
      'runtime.p',
      'runtime.gobuf',
    ]);
    const offset = (key: keyof GoOffsets) => structs.get(FIELDS[key][0])?.get(FIELDS[key][1]) ?? -1;
    const offsets: GoOffsets = {
      gM: offset('gM'),
      gStatus: offset('gStatus'),
      gGoid: offset('gGoid'),
      gWaitReason: offset('gWaitReason'),
      gParentGoid: offset('gParentGoid'),
      gGopc: offset('gGopc'),
      gStartpc: offset('gStartpc'),
      mCurg: offset('mCurg'),
      mP: offset('mP'),
      pId: offset('pId'),
      gSched: offset('gSched'),
      gobufBp: offset('gobufBp'),
      gLabels: offset('gLabels'),
    };
    const isWhole = Object.entries(offsets).every(([k, v]) => v >= 0 || k === 'gParentGoid');
    return isWhole ? offsets : undefined;
  } catch (error) {
    // The tables are as good, and what is read by either is checked against the code.
    if (error instanceof GoProgramError) return undefined;
    throw error;
  }
}
