/**
 * How well what was typed fits a text. Every word typed must be in it, letter by letter and in
 * that order, though others may stand between: `plb` finds `play backwards`.
 */

/** For a letter that begins a word, and one that follows the letter found before. */
const AT_WORD = 4;
const IN_A_ROW = 3;
/** For a word that stands there as it was typed. */
const WHOLE = 20;

/** @returns the better it fits the more; undefined when it does not */
export function fuzzyScore(typed: string, text: string): number | undefined {
  const searched = text.toLowerCase();
  let score = 0;
  for (const word of typed.toLowerCase().split(/\s+/)) {
    if (word === '') continue;
    const ofWord = wordScore(word, searched);
    if (ofWord === undefined) return undefined;
    score += ofWord;
  }
  // Of two that fit alike the shorter one is meant.
  return score - searched.length / 1000;
}

function wordScore(word: string, text: string): number | undefined {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (isWordStart(text, at)) return WHOLE + word.length * (AT_WORD + IN_A_ROW);
  }
  if (text.includes(word)) return WHOLE + word.length * IN_A_ROW;
  let score = 0;
  let last = -1;
  for (const letter of word) {
    const next = text.indexOf(letter, last + 1);
    if (next < 0) return undefined;
    score += next === last + 1 ? IN_A_ROW : isWordStart(text, next) ? AT_WORD : 0;
    last = next + letter.length - 1;
  }
  return score;
}

function isWordStart(text: string, at: number): boolean {
  return at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1]!);
}
