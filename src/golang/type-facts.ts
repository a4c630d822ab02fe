/**
 * Go's run-time type descriptors: name, kind and size of a type by its address.
 *
 * Source: internal/abi/type.go (`Type`), before 1.21 runtime/type.go; the fields used are
 * at the same place in Go 1.17 to 1.27.
 */
import type { ElfImage } from './elf-image.ts';
import { GoProgramError } from './go-program-error.ts';
import type { Moduledata } from './moduledata.ts';
import { readableName } from './readable-name.ts';

export interface TypeFacts {
  /** As %T prints it: `http.Request`, `[]int`, `map[string]bool`. */
  name: string;
  /** Name of its reflect.Kind: `struct`, `slice`, ... */
  goKind: string;
  sizeBytes: number;
}

/** reflect.Kind, unchanged since Go 1.0. */
// prettier-ignore
const KINDS = [
  'invalid', 'bool', 'int', 'int8', 'int16', 'int32', 'int64',
  'uint', 'uint8', 'uint16', 'uint32', 'uint64', 'uintptr',
  'float32', 'float64', 'complex64', 'complex128',
  'array', 'chan', 'func', 'interface', 'map', 'ptr', 'slice', 'string', 'struct',
  'unsafe.Pointer',
];

const SIZE = 0;
const TFLAG = 20;
const KIND = 23;
const STR = 40;
const TYPE_BYTES = 48;
const KIND_MASK = 31;
const TFLAG_EXTRA_STAR = 2;

/**
 * Facts of the type at `address`.
 *
 * @returns undefined when that is no address of a type in the executable
 */
export function readTypeFacts(
  image: ElfImage,
  data: Moduledata,
  address: number,
): TypeFacts | undefined {
  if (!(address >= data.types && address + TYPE_BYTES <= data.etypes) || address % 8 !== 0) {
    return undefined;
  }
  const { file } = image;
  try {
    const at = image.at(address);
    const goKind = KINDS[file.u8(at + KIND) & KIND_MASK];
    const nameAddress = data.types + file.i32(at + STR);
    if (goKind === undefined || nameAddress < data.types || nameAddress >= data.etypes) {
      return undefined;
    }
    // A byte of flags, the length as a varint, the bytes.
    let textAt = image.at(nameAddress) + 1;
    let byteLength = 0;
    for (let shift = 0, more = true; more && shift < 28; shift += 7) {
      const byte = file.u8(textAt++);
      byteLength |= (byte & 0x7f) << shift;
      more = byte >= 0x80;
    }
    const name = file.text(textAt, byteLength);
    // Names of T and *T share their bytes; the flag says that the star is not T's.
    const hasExtraStar = (file.u8(at + TFLAG) & TFLAG_EXTRA_STAR) !== 0;
    return {
      name: readableName(hasExtraStar && name.startsWith('*') ? name.slice(1) : name),
      goKind,
      sizeBytes: file.u64(at + SIZE),
    };
  } catch (error) {
    // The address came from a running process and need not be a type's.
    if (error instanceof GoProgramError) return undefined;
    throw error;
  }
}
