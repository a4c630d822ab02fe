/** docs/support.md: what was recorded of which build, and whether it was the truth. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PATH = fileURLToPath(new URL('../../docs/support.md', import.meta.url));

/** One build. Counts of what both sides could tell; `-` where there is no other side. */
export interface SupportRow {
  /** What was built: the Go version, or the release of a program. */
  version: string;
  /** How it was built, or which Go a release says it was built with. */
  build: string;
  events: number | undefined;
  /** With what it was compared, in numbers. */
  compared: string;
  differences: number | undefined;
  verdict: string;
}

/** Rows by the section they stand in. */
export interface SupportTables {
  built: readonly SupportRow[];
  releases: readonly SupportRow[];
}

/** Write the page. The order is the rows'; nothing but counts differs from run to run. */
export function writeSupportPage({ built, releases }: SupportTables): void {
  const page = `# Which programs are recorded truly

Written by \`npm run test:matrix\`, which records each of these programs and compares. Linux on x86-64.

## One program, built in many ways

The program of \`test/kernel/testdata/traced\` (channels, locks, timers, network, growing stacks, garbage) runs Go's own execution tracer while it is recorded with \`sched,alloc,gc\`.

- **created**, **ended**: goroutines that the tracer saw, compared by number, parent, start function and line.
- **changes**: changes of state, goroutine by goroutine, in order and with their reasons. Up to Go 1.21 the tracer counts CPU cycles; there whole lives are compared, without system calls.
- **allocations**: recorded between two readings of the runtime's own counter, which must be as many as it counted; \`gc\` the collections of the whole run.
- **differences**: of all of these, and goroutines whose recorded states do not follow one another.

${table(['Go', 'build'], built)}

## Programs that others built

Releases of esbuild from npm, which have neither symbols nor debug information, while they bundle a package and run Go's own execution tracer (\`--trace\`), compared as above.
What they write must besides be what they write without a recorder; each goroutine's states must follow one another from its creation on; nothing may be lost.

${table(['esbuild', 'its Go'], releases)}
`;
  writeFileSync(PATH, page);
}

function table([first, second]: readonly [string, string], rows: readonly SupportRow[]): string {
  const count = (value: number | undefined) =>
    value === undefined ? '-' : value.toLocaleString('en-US');
  const lines = rows.map(({ version, build, events, compared, differences, verdict }) =>
    ['', version, build, count(events), compared, count(differences), verdict, ''].join(' | '),
  );
  return [
    `| ${first} | ${second} | events | compared | differences | verdict |`,
    '| --- | --- | --- | --- | --- | --- |',
    ...lines.map((line) => line.trim()),
  ].join('\n');
}
