/** The architectures whose instructions are understood. */
import { amd64 } from './decode-amd64.ts';
import type { Arch } from './elf-image.ts';
import type { Machine } from './instruction.ts';

/** Undefined for one whose functions can be named but not yet probed. */
export function machineOf(arch: Arch): Machine | undefined {
  return arch === 'amd64' ? amd64 : undefined;
}
