/**
 * Where the fields that we read are in the runtime's structs, by Go version.
 *
 * One row for each minor version; within one nothing here moved, and amd64 and arm64
 * agree in all of it. Source: the structs of runtime2.go, symtab.go and proc.go laid out
 * by go/types for 64-bit, compared with the debug information of real binaries. A version
 * newer than the table takes the newest row; what is read is checked against the code of
 * the executable before it is believed (check-offsets.ts).
 */

/** Offsets in bytes. `gParentGoid` is -1 where the version has none. */
export interface GoOffsets {
  gM: number;
  gStatus: number;
  gGoid: number;
  gWaitReason: number;
  gParentGoid: number;
  gGopc: number;
  gStartpc: number;
  mCurg: number;
  mP: number;
  pId: number;
  /** g.sched: where a goroutine that does not run goes on. Its first words are sp and pc. */
  gSched: number;
  /** Field bp within it. */
  gobufBp: number;
  /** g.labels: address of the set of profiler labels; -1 where the code does not confirm it. */
  gLabels: number;
}

/** Offsets in `runtime.moduledata`, bytes. */
export interface ModuledataLayout {
  /** The first address that may be a type, and the one after the last. */
  types: number;
  etypes: number;
  /** Base of function data, to which inline trees are relative. */
  gofunc: number;
}

// prettier-ignore
const ROWS: Readonly<Record<number, readonly number[]>> = {
  //    ---------------------- g ----------------------  --- m ---  p  ---- moduledata ---
  //    m   status goid reason parent gopc startpc      curg  p    id  types etypes gofunc
  19: [48,  144,  152,  176,    -1,  296,  312,         192, 208,  0,  280,  288,  304],
  20: [48,  144,  152,  176,    -1,  296,  312,         192, 208,  0,  296,  304,  320],
  21: [48,  144,  152,  176,   272,  280,  296,         192, 208,  0,  296,  304,  320],
  22: [48,  144,  152,  176,   272,  280,  296,         192, 208,  0,  296,  304,  320],
  23: [48,  152,  160,  184,   280,  288,  304,         192, 208,  0,  296,  304,  320],
  24: [48,  152,  160,  184,   280,  288,  304,         192, 208,  0,  296,  304,  320],
  25: [48,  144,  152,  176,   272,  280,  296,         184, 200,  0,  296,  304,  320],
  26: [48,  144,  152,  176,   280,  288,  304,         184, 208,  0,  296,  304,  320],
  27: [48,  144,  152,  176,   280,  288,  304,         184, 208,  0,  296,  312,  344],
};

/** Oldest and newest minor version with a row. */
export const OLDEST_MINOR = 19;
export const NEWEST_MINOR = 27;

function row(minor: number): readonly number[] {
  return ROWS[Math.min(Math.max(minor, OLDEST_MINOR), NEWEST_MINOR)]!;
}

/** g.sched, in all versions of the table. */
const G_SCHED = 56;

/** Go 1.25 took gobuf.ret out. */
function gobufBp(minor: number): number {
  return minor >= 25 ? 40 : 48;
}

/** g.labels. */
function gLabels(minor: number): number {
  if (minor <= 20) return 360;
  return minor <= 22 || minor === 25 ? 344 : 352;
}

/** Offsets in g, m and p of Go 1.`minor`, or of the nearest version in the table. */
export function goOffsets(minor: number): GoOffsets {
  const [gM, gStatus, gGoid, gWaitReason, gParentGoid, gGopc, gStartpc, mCurg, mP, pId] = row(
    minor,
  ) as [number, number, number, number, number, number, number, number, number, number];
  return {
    gM,
    gStatus,
    gGoid,
    gWaitReason,
    gParentGoid,
    gGopc,
    gStartpc,
    mCurg,
    mP,
    pId,
    gSched: G_SCHED,
    gobufBp: gobufBp(minor),
    gLabels: gLabels(minor),
  };
}

/** Offsets in moduledata of Go 1.`minor`, or of the nearest version in the table. */
export function moduledataLayout(minor: number): ModuledataLayout {
  const [types, etypes, gofunc] = row(minor).slice(10) as [number, number, number];
  return { types, etypes, gofunc };
}

/**
 * `FuncIDWrapper`, the id of functions that the compiler generated around another, in Go
 * 1.`minor`: internal/abi/symtab.go, before 1.21 runtime/symtab.go.
 */
export function wrapperFuncId(minor: number): number {
  if (minor >= 25) return 23;
  return minor >= 22 ? 22 : 21;
}
