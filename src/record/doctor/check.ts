/** One thing that was looked at, and what it means for recording. */

export interface Check {
  topic: string;
  /** `lacks`: recording does not work. `note`: it works, with less, or it only is good to know. */
  mark: 'ok' | 'lacks' | 'note';
  fact: string;
  /** The one command that mends it; undefined when no command does, or nothing needs it. */
  mend?: string;
  /** What one should know before running `mend`. */
  caveat?: string;
}

export const ok = (topic: string, fact: string): Check => ({ topic, mark: 'ok', fact });

export const note = (topic: string, fact: string, mend?: string, caveat?: string): Check =>
  made({ topic, mark: 'note', fact }, mend, caveat);

export const lacks = (topic: string, fact: string, mend?: string, caveat?: string): Check =>
  made({ topic, mark: 'lacks', fact }, mend, caveat);

function made(check: Check, mend?: string, caveat?: string): Check {
  return {
    ...check,
    ...(mend === undefined ? {} : { mend }),
    ...(caveat === undefined ? {} : { caveat }),
  };
}
