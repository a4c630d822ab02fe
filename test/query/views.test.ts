import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MACROS, VIEWS } from '../../src/query/index.ts';
import { sampleRecording } from '../format/sample-recording.ts';
import { openQuery } from './query-recording.ts';

const sample = sampleRecording();
const page = readFileSync('docs/query.md', 'utf8');

it.for(VIEWS.map((view) => [view.name, view] as const))(
  'view %s has the columns and types that are documented',
  async ([name, { columns }]) => {
    const { rows } = await openQuery(sample.bytes);
    const described = await rows(`DESCRIBE ${name}`);
    expect(
      described.map(([column, type]) => [column, String(type).replace(/^ENUM\(.*/s, 'ENUM')]),
    ).toEqual(columns.map(([column, type]) => [column, type]));
  },
);

it.for(VIEWS.map((view) => [view.name, view] as const))(
  'view %s gives a row of the sample',
  async ([name]) => {
    const { rows } = await openQuery(sample.bytes);
    expect((await rows(`SELECT * FROM ${name} LIMIT 1`)).length).toBe(1);
  },
);

it.for(VIEWS.map((view) => [view.name, view] as const))(
  'docs/query.md tells of view %s what the table says',
  ([name, { meaning, columns }]) => {
    const section = page.split(/^### /m).find((part) => part.startsWith(`\`${name}\``));
    expect(section).toContain(meaning);
    for (const [column, type, unit, what] of columns) {
      expect(section?.replaceAll(/ +/g, ' ')).toContain(
        `| \`${column}\` | ${type} | ${unit} | ${what} |`.replaceAll(/ +/g, ' '),
      );
    }
  },
);

it.for(MACROS.map((macro) => [macro.signature, macro] as const))(
  'docs/query.md tells of %s',
  ([signature, { meaning }]) => {
    expect(page).toContain(`\`${signature}\``);
    expect(page).toContain(meaning);
  },
);
