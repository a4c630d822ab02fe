/** A recording from the command line: signals, the status line, the summary. */
import { lostEvents } from '../format/index.ts';
import { dropCapabilities } from '../record/drop-capabilities.ts';
import { describeChoice, requireOwnProcessor, type GoTarget } from '../record/go-target.ts';
import { acceptMarks } from '../record/mark-channel.ts';
import { OutputFile } from '../record/output-file.ts';
import { recordingName } from '../record/recording-name.ts';
import {
  RecordingSession,
  type EndReason,
  type SessionStatus,
  type Summary,
} from '../record/recording-session.ts';
import { BPF_OBJECT_PATH, nativeForTracing } from '../record/tracing-support.ts';
import { formatBytes, formatCount, formatSeconds } from './format-quantity.ts';
import { liveView, type LiveView } from './live-view.ts';
import { browserCanOpen, openInBrowser } from './open-browser.ts';
import { packageVersion } from './package-version.ts';
import type { RecordFlags } from './record.ts';
import { formatStatus, ratesBetween, statusJson } from './status-line.ts';
import { ZSTD_LEVELS, zstdCompress } from './zstd-compress.ts';

const CHUNK_MS = 250;
/** What is recorded should be on the screen within 200 ms. */
const LIVE_CHUNK_MS = 50;
const STATUS_MS = 500;

/**
 * Record until told to stop, then say what came of it.
 *
 * @throws UserError when the recording could not be begun, or not be written to its end
 */
export async function runRecording(target: GoTarget, flags: RecordFlags): Promise<void> {
  requireOwnProcessor(target);
  const native = nativeForTracing();
  for (const warning of target.plan.warnings) say(flags, `xgotop: ${warning}`);
  const comm = target.process?.comm ?? target.path.split('/').at(-1)!;
  const path = flags.output ?? recordingName(comm, target.process?.pid ?? process.pid, new Date());
  const stacks = flags.stacks ?? {};
  // Only they are worth it while a program is recorded; docs/format.md, "Compression".
  const compressStacks =
    Object.keys(stacks).length > 0 ? await zstdCompress(ZSTD_LEVELS.lowest) : undefined;
  const output = await OutputFile.create(path, flags.overwrite ?? false);
  // Before there is anything of a recording: whoever waits for that may signal at once.
  const interrupted = new Promise<void>(onFirstSignal);
  let live: LiveView | undefined;
  let session: RecordingSession;
  try {
    live = flags.live ? await liveView(path, flags.port, flags.bind) : undefined;
    session = new RecordingSession(native, {
      target,
      groups: flags.events,
      version: packageVersion(),
      output,
      chunkMs: live ? LIVE_CHUNK_MS : CHUNK_MS,
      ringBytes: flags.ringSize * 1024 * 1024,
      objectPath: BPF_OBJECT_PATH,
      stacks,
      compressStacks,
      hasCrc: flags.crc,
      ...(live ? { onBytes: live.append } : {}),
    });
  } catch (error) {
    await output.discard();
    await live?.close();
    throw error;
  }
  try {
    // What is called a recording, and takes the place of an old one, can be opened.
    await output.append([]);
  } catch (error) {
    await session.stop('error').catch(() => undefined);
    await output.discard();
    await live?.close();
    throw error;
  }
  output.settle();
  try {
    announce(target, flags, session, path, live);
    if (live && flags.open !== false && browserCanOpen()) await openInBrowser(live.url);
    const stopMarks = takeMarks(path, session);
    // It reads labels, and who joins or executes itself anew, of processes with more rights.
    const { obstacle } = dropCapabilities(native, { pid: session.pid, keep: ['SYS_PTRACE'] });
    if (obstacle !== undefined) say(flags, `xgotop: capabilities are kept: ${obstacle}`);
    const stopStatus = showStatus(flags, session);
    const { reason, error } = await untilStopped(session, interrupted, flags.duration);
    stopStatus();
    stopMarks();
    const summary = await session.stop(reason);
    live?.end();
    if (!flags.quiet) process.stderr.write(`${summaryText(target, summary, path)}\n`);
    if (error !== undefined) {
      throw error instanceof Error
        ? error
        : new Error('the recording ended with no reason', { cause: error });
    }
    if (live && reason !== 'signal') await untilInterrupted(live, flags);
  } finally {
    // A server left open would keep the process alive after a failure.
    await live?.close();
  }
}

/** Wait for Ctrl-C, the end of the target, or the time to be up. */
async function untilStopped(
  session: RecordingSession,
  interrupted: Promise<void>,
  durationMs: number | undefined,
): Promise<{ reason: EndReason; error?: unknown }> {
  let timer: NodeJS.Timeout | undefined;
  const reasons: Promise<{ reason: EndReason; error?: unknown }>[] = [
    session.ended.then(
      () => ({ reason: 'exit' }),
      (error: unknown) => ({ reason: 'error', error }),
    ),
    interrupted.then(() => ({ reason: 'signal' })),
  ];
  if (durationMs !== undefined) {
    reasons.push(
      new Promise((resolve) => {
        timer = setTimeout(() => resolve({ reason: 'duration' }), durationMs);
      }),
    );
  }
  try {
    return await Promise.race(reasons);
  } finally {
    clearTimeout(timer);
  }
}

/** Marks come from `xgotop mark` and from SIGUSR1. @returns a function that ends it */
function takeMarks(path: string, session: RecordingSession): () => void {
  const channel = acceptMarks(path, (text) => session.mark(text));
  const onSignal = () => void session.mark('SIGUSR1');
  process.on('SIGUSR1', onSignal);
  return () => {
    channel?.close();
    process.off('SIGUSR1', onSignal);
    // Without a listener it would start Node's debugger.
    process.on('SIGUSR1', () => undefined);
  };
}

/** The first signal finishes the file properly; the second leaves at once, the file cut off but valid. */
function onFirstSignal(stop: () => void): void {
  let count = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      count++;
      if (count > 1) process.exit(130);
      stop();
    });
  }
}

function announce(
  target: GoTarget,
  flags: RecordFlags,
  session: RecordingSession,
  path: string,
  live: LiveView | undefined,
): void {
  const what = announcement(target, session.pid);
  const until =
    flags.duration === undefined ? 'until Ctrl-C' : `for ${formatSeconds(flags.duration * 1e6)}`;
  say(
    flags,
    `Recording ${what}, ${target.program.goVersion}, ${flags.events.join(',')}, ${until}.`,
  );
  for (const warning of session.warnings) say(flags, `xgotop: ${warning}`);
  if (flags.verbose) {
    say(
      flags,
      `${target.plan.sites.length} probes by ${session.method}; ${target.plan.offsetsSource}`,
    );
    say(flags, `Writing ${path}`);
  }
  if (live) say(flags, `Live: ${live.url}`);
}

function announcement({ name, follow, processes }: GoTarget, pid: number): string {
  if (follow.who === 'listed') return name;
  if (follow.who === 'launched') return `${name} (process ${pid})`;
  const now =
    processes.length === 0
      ? 'none runs yet'
      : processes.length === 1
        ? `now ${pid}`
        : `${formatCount(processes.length)} now`;
  const which = describeChoice({ ...follow });
  return `every process of ${name}${which === '' ? '' : ` ${which}`} (${now})`;
}

/** @returns a function that ends the line */
function showStatus(flags: RecordFlags, session: RecordingSession): () => void {
  const how = flags.status ?? (process.stderr.isTTY ? 'line' : 'none');
  if (flags.quiet || how === 'none') return () => undefined;
  let before: SessionStatus | undefined;
  const show = () => {
    const now = session.status();
    const rates = ratesBetween(before, now);
    before = now;
    if (how === 'json') {
      process.stderr.write(`${statusJson(now, rates)}\n`);
    } else {
      const line = formatStatus(now, rates).slice(0, (process.stderr.columns || 120) - 1);
      process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
    }
  };
  const timer = setInterval(show, STATUS_MS);
  return () => {
    clearInterval(timer);
    if (how === 'line' && process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  };
}

function summaryText(target: GoTarget, summary: Summary, path: string): string {
  const lost = lostEvents(summary.lost);
  const stacks = summary.lost.stack_lost;
  const causes = Object.entries(summary.lost)
    .filter(([cause, count]) => count > 0 && cause !== 'stack_lost')
    .map(([cause, count]) => `${cause} ${formatCount(count)}`)
    .join(', ');
  const lines = [
    `xgotop: ${formatCount(summary.events)} events in ${formatSeconds(summary.elapsedNs)}, ` +
      `${formatBytes(summary.fileBytes)}, ${formatCount(lost)} lost${lost > 0 ? ` (${causes})` : ''}` +
      `${stacks > 0 ? `, ${formatCount(stacks)} stacks missing` : ''}; ` +
      endText(target, summary),
    `  next: xgotop info ${path}`,
  ];
  return lines.join('\n');
}

function endText(target: GoTarget, { reason, exitCode, exitSignal, processes }: Summary): string {
  const name = target.process?.comm ?? target.path.split('/').at(-1)!;
  if (processes.all !== 1) {
    const went =
      (processes.running === 0 ? 'all ended' : `${processes.running} go on running`) +
      (processes.expected === 0
        ? ''
        : `, ${processes.expected} executed it again and met no probe since`);
    return `${processes.all === 0 ? 'no process' : `${formatCount(processes.all)} processes`} of ${name}${processes.all === 0 ? '' : `, ${went}`}`;
  }
  if (exitCode !== undefined) return `${name} exited with ${exitCode}`;
  if (exitSignal !== undefined) return `${name} was ended by signal ${exitSignal}`;
  if (processes.expected > 0) return `${name} executed itself again and met no probe since`;
  if (reason === 'exit' || processes.running === 0) return `${name} ended`;
  return `${name} goes on running`;
}

/** With --live the page stays until Ctrl-C, so that one can look at what was recorded. */
async function untilInterrupted(live: LiveView, flags: RecordFlags): Promise<void> {
  say(flags, `The recording has ended; ${live.url} shows it until Ctrl-C.`);
  await new Promise<void>((resolve) => {
    process.removeAllListeners('SIGINT');
    process.on('SIGINT', () => resolve());
    process.on('SIGTERM', () => resolve());
  });
}

function say(flags: RecordFlags, line: string): void {
  if (!flags.quiet) process.stderr.write(`${line}\n`);
}
