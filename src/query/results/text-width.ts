/** How many columns of a terminal a text takes, and how it is cut and made safe to show. */

/** Wide in a terminal: Hangul, CJK, full-width forms and emoji, roughly as wcwidth has them. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const MARK = /[\p{Mn}\p{Me}\u200b-\u200f\ufe0f]/u;

/** Columns that `text` takes. */
export function textWidth(text: string): number {
  // By far the most is ASCII.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** The beginning of `text` that fits, ending in `…` when something is left out. */
export function cutToWidth(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let cut = '';
  let used = 1;
  for (const character of text) {
    used += characterWidth(character);
    if (used > width) break;
    cut += character;
  }
  return `${cut}…`;
}

/**
 * Control characters, and those that turn the direction of text, as escapes: names come from a
 * program that may mean harm to a terminal, or to who reads it.
 */
export function withoutControls(text: string): string {
  return text.replaceAll(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, (control) => {
    const named: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
    return named[control] ?? `\\u${control.codePointAt(0)!.toString(16).padStart(4, '0')}`;
  });
}

function characterWidth(character: string): number {
  if (WIDE.test(character)) return 2;
  return MARK.test(character) ? 0 : 1;
}
