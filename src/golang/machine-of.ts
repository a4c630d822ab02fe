/** The architectures whose instructions are understood. */
import { amd64 } from './decode-amd64.ts';
import { arm64 } from './decode-arm64.ts';
import type { Arch } from './elf-image.ts';
import type { Machine } from './instruction.ts';

const MACHINES: Readonly<Record<Arch, Machine>> = { amd64, arm64 };

export function machineOf(arch: Arch): Machine {
  return MACHINES[arch];
}
