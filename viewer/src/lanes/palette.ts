/**
 * The tokens of tokens.css as the canvas needs them: colours packed into 32 bits for pixels,
 * and as text for `fillStyle`. Read once for each theme.
 */
import { STATES } from '../../../src/format/event-columns.ts';
import type { ThemeName } from '../session/theme.svelte.ts';

/** Names of the colour tokens in tokens.css. */
const TOKENS = [
  'bg',
  'panel',
  'raised',
  'line',
  'line-strong',
  'text',
  'muted',
  'faint',
  'accent',
  'playhead',
  'running',
  'runnable',
  'syscall',
  'waiting',
  'gc',
  'other',
  'chan',
  'sync',
  'net',
  'sleep',
  'lost',
] as const;
export type Token = (typeof TOKENS)[number];

export interface Palette {
  /** As in the style sheet, for text. */
  css: Record<Token, string>;
  /** Packed, opaque: 0xAABBGGRR, the order of ImageData on little-endian machines. */
  packed: Record<Token, number>;
}

const palettes = new Map<ThemeName, Palette>();

/** The palette of a theme, which must be the document's; read once. */
export function paletteOf(theme: ThemeName): Palette {
  let palette = palettes.get(theme);
  if (palette === undefined) {
    palette = readTokens(document.documentElement);
    palettes.set(theme, palette);
  }
  return palette;
}

function readTokens(root: Element): Palette {
  const style = getComputedStyle(root);
  const css = {} as Record<Token, string>;
  const packed = {} as Record<Token, number>;
  for (const token of TOKENS) {
    css[token] = style.getPropertyValue(`--${token}`).trim();
    packed[token] = packHex(css[token]);
  }
  return { css, packed };
}

/** `#rrggbb` or `#rgb`, as a minifier may write it, as 0xFFBBGGRR; grey when it is neither. */
export function packHex(hex: string): number {
  const long = hex.replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3');
  if (!/^#[0-9a-f]{6}$/i.test(long)) return 0xff808080;
  const value = Number.parseInt(long.slice(1), 16);
  return ((0xff << 24) | ((value & 0xff) << 16) | (value & 0xff00) | (value >>> 16)) >>> 0;
}

/** `top` over `bottom`, with `alpha` from 0 to 1; both packed and opaque. */
export function mix(bottom: number, top: number, alpha: number): number {
  let mixed = 0xff << 24;
  for (const shift of [0, 8, 16]) {
    const low = (bottom >>> shift) & 0xff;
    const high = (top >>> shift) & 0xff;
    mixed |= Math.round(low + (high - low) * alpha) << shift;
  }
  return mixed >>> 0;
}

/** The token of a state; `waiting` is drawn in its reason's colour besides. */
export function tokenOfState(state: number): Token {
  switch (STATES[state]) {
    case 'running':
      return 'running';
    case 'runnable':
      return 'runnable';
    case 'syscall':
      return 'syscall';
    case 'waiting':
      return 'waiting';
    default:
      return 'other';
  }
}

/** What a goroutine waits for, as a colour: wait reasons in the runtime's words, all versions. */
export function tokenOfReason(reason: string): Token {
  if (/chan|select/.test(reason)) return 'chan';
  if (/sync\.|semacquire|mutex|waitgroup|cond/i.test(reason)) return 'sync';
  if (/IO wait|network|net/.test(reason)) return 'net';
  if (/^(GC|garbage collection|wait for GC)/.test(reason) && !/idle/.test(reason)) return 'gc';
  return 'sleep';
}
