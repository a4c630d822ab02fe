/** `xgotop check`: whether a recording is sound, down to each of its events. */
import { crc32 } from 'node:zlib';
import { Command } from 'commander';
import { checkRecording, type CheckReport, type Finding } from '../format/index.ts';
import { withoutControls } from '../query/index.ts';
import { ChunkProgress } from './chunk-progress.ts';
import { formatCount } from './format-quantity.ts';
import { openInput, RECORDING_ARGUMENT, STDIN_NOTE } from './recording-input.ts';

/** The command, for main.ts to register. */
export function checkCommand(): Command {
  return new Command('check')
    .description('Say whether a recording is sound: its structure, its order, what it refers to.')
    .argument('<recording>', RECORDING_ARGUMENT)
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Examples:
  xgotop check run.arrow

Exits with 0 when there is no error, else with 1. What a loss of events explains, and a recording
that was cut off, are warnings: xgotop recover makes a whole one of it.
${STDIN_NOTE}`,
    )
    .action(async (path: string, { json }: { json?: boolean }) => {
      const source = await openInput(path);
      const progress = new ChunkProgress('checked');
      let report: CheckReport;
      try {
        report = await checkRecording(source, {
          crc32,
          onChunk: (index, count) => progress.show(index, count),
        });
      } finally {
        progress.end();
        source.close();
      }
      process.stdout.write(json ? reportJson(report) : describeReport(report));
      if (report.errorCount > 0) process.exitCode = 1;
    });
}

function reportJson({ findings, ...counts }: CheckReport): string {
  const value = {
    errors: counts.errorCount,
    warnings: counts.warningCount,
    events: counts.eventCount,
    chunks: counts.chunkCount,
    findings: findings.map(({ severity, code, chunkIndex, byteOffset, text }) => ({
      severity,
      code,
      chunk: chunkIndex < 0 ? null : chunkIndex,
      byte: byteOffset,
      text,
    })),
  };
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function describeReport({ findings, ...counts }: CheckReport): string {
  const { errorCount, warningCount, eventCount, chunkCount } = counts;
  const unsaid = errorCount + warningCount - findings.length;
  const found = [plural(errorCount, 'error'), plural(warningCount, 'warning')].join(', ');
  const what = `${formatCount(eventCount)} events in ${plural(chunkCount, 'chunk')}`;
  return [
    ...findings.map(describeFinding),
    ...(unsaid > 0 ? [`and ${formatCount(unsaid)} more`] : []),
    errorCount + warningCount === 0 ? `ok: ${what}` : `${found}: ${what}`,
    '',
  ].join('\n');
}

function describeFinding({ severity, code, chunkIndex, byteOffset, text }: Finding): string {
  const where = `${chunkIndex < 0 ? '' : `chunk ${chunkIndex}, `}byte ${formatCount(byteOffset)}`;
  return `${severity.padEnd(7)} ${code}, ${where}: ${withoutControls(text)}`;
}

function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}
