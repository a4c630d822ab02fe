/**
 * What kind of allocation a call of the allocator was, told by who called it.
 *
 * All heap memory comes from runtime.mallocgc (from 1.27 on also from its specialised
 * leaves), but user code mostly calls it through a helper: runtime.makeslice for
 * make([]T, n), runtime.growslice for append, and so on. The outermost helper names the
 * kind; what called it is the allocating function.
 */
import type { Frame } from './frame.ts';

/** The kinds of docs/format.md, column `kind`. */
export type AllocKind = 'new' | 'slice' | 'grow' | 'map' | 'chan' | 'string' | 'convert' | 'other';

/** Helpers by name, without `runtime.`; the first that matches. */
const RUNTIME_HELPERS: readonly [RegExp, AllocKind | undefined][] = [
  // The allocator itself says nothing.
  [/^(mallocgc|mallocgcTiny|mallocgcSmall|mallocgcLarge)/, undefined],
  [/^newobject$/, 'new'],
  [/^(makeslice|makeslicecopy|makeslice64|newarray)$/, 'slice'],
  [/^(growslice|moveSlice)/, 'grow'],
  [/^(makemap|mapassign|mapclone|hashGrow|makeBucketArray|growWork|evacuate)/, 'map'],
  [/^\(\*(hmap|bmap|mapextra)\)\./, 'map'],
  [/^makechan/, 'chan'],
  [/^(raw(string|byteslice|runeslice)|concat(string|byte)|slice(byte|rune)tostring)/, 'string'],
  [/^(stringtoslice(byte|rune)|intstring|gostring|byteslicetostring)/, 'string'],
  [/^convT/, 'convert'],
];

/** Helpers outside of package runtime, some of them its functions under another name. */
const OTHER_HELPERS: readonly [RegExp, AllocKind][] = [
  [/^internal\/runtime\/maps\./, 'map'],
  [/^internal\/bytealg\.MakeNoZero$/, 'slice'],
  [/^(reflect|internal\/reflectlite)\.unsafe_New$/, 'new'],
  [/^reflect\.unsafe_NewArray$/, 'slice'],
  [/^reflect\.growslice$/, 'grow'],
  [/^reflect\.(makemap|mapassign\w*)$/, 'map'],
  [/^reflect\.makechan$/, 'chan'],
];

/**
 * Kind and place of an allocation.
 *
 * @param frames - at least one, innermost first: those of the allocator's return address,
 *   then those of its caller's
 * @returns `site`: the first frame that is no helper, or the last one when all are
 */
export function allocKind(frames: readonly Frame[]): { kind: AllocKind; site: Frame } {
  let kind: AllocKind | undefined;
  for (const frame of frames) {
    const helper = helperKind(frame.name);
    if (helper === 'no helper') {
      // Compiler-made wrappers stand between a helper and what called it.
      if (frame.isWrapper && frame !== frames.at(-1)) continue;
      // Called directly: several small variables at once, or a closure's.
      return { kind: kind ?? 'new', site: frame };
    }
    kind = helper ?? kind;
  }
  return { kind: kind ?? 'other', site: frames.at(-1)! };
}

function helperKind(name: string): AllocKind | undefined | 'no helper' {
  if (name.startsWith('runtime.')) {
    const rest = name.slice('runtime.'.length);
    const found = RUNTIME_HELPERS.find(([pattern]) => pattern.test(rest));
    return found === undefined ? 'no helper' : found[1];
  }
  return OTHER_HELPERS.find(([pattern]) => pattern.test(name))?.[1] ?? 'no helper';
}
