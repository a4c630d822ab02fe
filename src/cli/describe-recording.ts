/** A recording's summary as text for a terminal: one fact a line. */
import { withoutControls } from '../query/index.ts';
import { formatBytes, formatCount, formatSeconds } from './format-quantity.ts';
import type { RecordingSummary } from './recording-summary.ts';

/** @param path - of the file, as given */
export function describeRecording(summary: RecordingSummary, path: string): string {
  const { events, goroutines, lost, file } = summary;
  const facts: [string, string][] = [
    ['recording', path],
    ['program', summary.program],
    ['command', summary.command.length > 0 ? summary.command.map(shellWord).join(' ') : 'unknown'],
    ['process', `${summary.comm}, pid ${summary.pid}${summary.launched ? ', launched' : ''}`],
    ...processFacts(summary),
    ['Go', `${summary.go_version} ${summary.arch}`],
    ['machine', `${summary.host}, kernel ${summary.kernel}`],
    ['started', `${summary.started.replace('T', ' ').replace('Z', '')} UTC`],
    ['duration', formatSeconds(summary.duration_ns)],
    ['ended', endOf(summary)],
    ['groups', summary.groups.join(', ')],
    ['offsets', summary.offsets],
    ...summary.history.map((step): [string, string] => ['history', step]),
    [
      'goroutines',
      `${formatCount(goroutines.created)} created, ${formatCount(goroutines.exited)} exited, ` +
        `${formatCount(goroutines.alive_at_end)} alive at the end`,
    ],
    ['lost', lossOf(lost)],
    [
      'file',
      `${formatBytes(file.size_bytes)} in ${formatCount(summary.chunks)} ` +
        (summary.chunks === 1 ? 'chunk' : 'chunks') +
        (file.bytes_per_event === null ? '' : `, ${file.bytes_per_event} bytes an event`),
    ],
    ['state', stateOf(file)],
    ['events', `${formatCount(events.total)}${rateOf(events.per_second)}`],
  ];
  const lines = facts.map(([name, fact]) => `${name.padEnd(10)}  ${withoutControls(fact)}\n`);
  const seen = events.by_event.filter(({ count }) => count > 0);
  const countWidth = Math.max(0, ...seen.map(({ count }) => formatCount(count).length));
  for (const { event, count, per_second } of seen) {
    const number = formatCount(count).padStart(countWidth);
    lines.push(`  ${event.padEnd(10)}  ${number}${rateOf(per_second)}\n`);
  }
  return lines.join('');
}

/** More processes than are worth a line in a terminal. */
const PROCESS_LINES = 10;

/** Of more processes than one: a line each. */
function processFacts({ processes }: RecordingSummary): [string, string][] {
  if (processes.length < 2) return [];
  const lines = processes.slice(0, PROCESS_LINES).map(({ pid, comm, ...process }) => {
    const from = process.started_ns === null ? 'before' : formatSeconds(process.started_ns);
    const to = process.ended_ns === null ? 'went on' : formatSeconds(process.ended_ns);
    const code = process.exit_code === null ? '' : `, exit code ${process.exit_code}`;
    const { host, recording } = process;
    const source = recording === null ? '' : `, ${recording} of ${host ?? 'an unknown host'}`;
    return ['', `pid ${pid} (${comm}): ${from} to ${to}${code}${source}`] satisfies [
      string,
      string,
    ];
  });
  const rest = processes.length - lines.length;
  return [
    ['processes', `${formatCount(processes.length)} in all`],
    ...lines,
    ...(rest > 0
      ? [['', `and ${formatCount(rest)} more: view processes`] as [string, string]]
      : []),
  ];
}

function rateOf(perSecond: number | null): string {
  if (perSecond === null) return '';
  const rate = perSecond >= 100 ? formatCount(Math.round(perSecond)) : String(perSecond);
  return `  ${rate}/s`;
}

function endOf({ end, file }: RecordingSummary): string {
  if (end.reason === null) {
    return file.complete ? 'unknown' : 'unknown: the file ends before its end is told';
  }
  const words: Record<string, string> = {
    signal: 'stopped by the user',
    duration: 'its time was over',
    exit: 'the program ended',
    error: 'an error stopped the recorder',
  };
  const code = end.exit_code === null ? '' : `, exit code ${end.exit_code}`;
  const signal = end.exit_signal === null ? '' : `, signal ${end.exit_signal}`;
  return `${words[end.reason] ?? end.reason}${code}${signal}`;
}

function lossOf({ total, by_cause }: RecordingSummary['lost']): string {
  const missing = by_cause.stack_lost;
  const stacks = missing > 0 ? `; ${formatCount(missing)} stacks missing` : '';
  if (total === 0) return `nothing${stacks}`;
  const causes = Object.entries(by_cause)
    .filter(([cause, count]) => count > 0 && cause !== 'stack_lost')
    .map(([cause, count]) => `${cause} ${formatCount(count)}`);
  return `${formatCount(total)} events: ${causes.join(', ')}${stacks}`;
}

function stateOf({ complete, readable_bytes, damage }: RecordingSummary['file']): string {
  if (complete) return 'complete';
  return damage === null
    ? `cut off, or still being written: whole up to byte ${readable_bytes}`
    : `damaged, read up to byte ${readable_bytes}: ${damage}`;
}

/** As a shell would need it. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
