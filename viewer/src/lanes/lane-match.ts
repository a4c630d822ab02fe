/** Which goroutines a text means: by number, by a part of the name, by regular expression. */

export interface LaneMatcher {
  /** By name alone: asked once for each function. Undefined: numbers matter as well. */
  matches: (name: string, goid: number) => boolean;
  /** What is wrong with the text; nothing is left out then. */
  problem: string | undefined;
}

/** `g12` or `12` is a number, `/…/` or `/…/i` an expression on `g12 name`, all else a part of the name. */
export function laneMatcher(text: string): LaneMatcher {
  const trimmed = text.trim();
  const all: LaneMatcher = { matches: () => true, problem: undefined };
  if (trimmed === '' || trimmed === '/') return all;
  const written = /^\/(.*?)(?:\/(i?))?$/.exec(trimmed);
  if (written !== null) {
    try {
      const expression = new RegExp(written[1]!, written[2] === 'i' ? 'i' : '');
      return { matches: (name, goid) => expression.test(`g${goid} ${name}`), problem: undefined };
    } catch {
      return { ...all, problem: `${trimmed} is no regular expression` };
    }
  }
  const id = /^[gG]?(\d+)$/.exec(trimmed)?.[1];
  if (id !== undefined) return { matches: (_, goid) => goid === Number(id), problem: undefined };
  const part = trimmed.toLowerCase();
  const known = new Map<string, boolean>();
  return {
    matches(name) {
      let isMatch = known.get(name);
      if (isMatch === undefined) {
        isMatch = name.toLowerCase().includes(part);
        known.set(name, isMatch);
      }
      return isMatch;
    },
    problem: undefined,
  };
}
