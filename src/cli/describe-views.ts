/** The views and the reports of `xgotop query` as text for a terminal. */
import { MACROS, REPORTS, VIEWS } from '../query/index.ts';

/** `xgotop query --views`. */
export function describeViews(): string {
  const views = VIEWS.map(({ name, meaning, columns }) => {
    const nameWidth = Math.max(...columns.map(([column]) => column.length));
    const lines = columns.map(
      ([column, type, unit, what]) =>
        `  ${column.padEnd(nameWidth)}  ${type.padEnd(8)}  ${unit.padEnd(7)}  ${what}`,
    );
    return `${name}: ${meaning}\n${lines.map((line) => line.trimEnd()).join('\n')}\n`;
  });
  const macros = MACROS.map(({ signature, meaning }) => `${signature}: ${meaning}\n`);
  return [...views, ...macros].join('\n');
}

/** `xgotop query --report list`. */
export function describeReports(): string {
  const width = Math.max(...REPORTS.map(({ name }) => name.length));
  return REPORTS.map(({ name, meaning }) => `${name.padEnd(width)}  ${meaning}\n`).join('');
}
