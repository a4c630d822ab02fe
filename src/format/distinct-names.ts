/**
 * A dictionary as it should be: "" first, and every name once.
 *
 * A writer finds a name's number by the name. Of a damaged dictionary, in which two are the same,
 * all names behind them would get another's number.
 *
 * @param column - whose dictionary it is, for the names of those that are not what they should be
 * @returns as many names as there were, at least one
 */
export function distinctNames(column: string, names: readonly string[]): string[] {
  const known = new Set(['']);
  return [
    '',
    ...names.slice(1).map((name, position) => {
      let distinct = name;
      while (known.has(distinct)) distinct = `(lost: ${column} ${position + 1})${distinct}`;
      known.add(distinct);
      return distinct;
    }),
  ];
}
