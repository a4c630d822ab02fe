/** `xgotop record --list` and `--dry-run`: what would be recorded, and how. */
import { EVENT_GROUPS } from '../record/event-groups.ts';
import type { GoTarget } from '../record/go-target.ts';

/** The groups of events, one paragraph each. */
export function listGroups(): string {
  const lines = Object.entries(EVENT_GROUPS).map(
    ([name, { records, price, isDefault }]) =>
      `${name.padEnd(8)}${records}${isDefault ? ' (default)' : ''}\n        ${price}\n`,
  );
  const stacks =
    '--stacks GROUPS[=DEPTH]: the stack of each event as well, 32 frames deep unless said\n' +
    '        a third more of its price where the stack has 8 frames, two thirds more where it has 32\n';
  return `${lines.join('')}\n${stacks}\nxgotop record --events sched,gc,alloc ...   (all: every group)\n`;
}

/** Every probe as a table, with where the facts behind it come from. */
export function describeProbes({ name, program, plan }: GoTarget): string {
  const head = ['event', 'function', 'address', 'instruction', 'emulated', 'why this instruction'];
  const rows = plan.sites.map((site) => [
    site.event,
    site.function,
    `0x${site.address.toString(16)}`,
    site.instruction,
    site.emulated ? 'yes' : 'NO: single-stepped',
    site.rule,
  ]);
  const widths = head.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]!.length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  return [
    name,
    `${program.goVersion} (${program.versionSource}), ${program.arch}, ${program.isPie ? 'position independent' : 'fixed addresses'}`,
    `offsets: ${plan.offsetsSource}`,
    '',
    line(head),
    ...rows.map(line),
    ...plan.warnings.map((warning) => `warning: ${warning}`),
    '',
  ].join('\n');
}
