/** `xgotop replay --live`: watch a running program; its recording lasts as long as the page. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_GROUPS } from '../record/event-groups.ts';
import { openGoTarget } from '../record/go-target.ts';
import { recordingName } from '../record/recording-name.ts';
import { runRecording } from './run-recording.ts';

/**
 * Record a process into a temporary file and serve it until Ctrl-C; then the file is removed.
 *
 * @param options - of the viewer: port (0 takes a free one), address, whether to open a browser
 * @throws UserError when the process cannot be recorded or the viewer not be served
 */
export async function replayLive(
  pid: number,
  options: { port: number; bind: string; open: boolean },
): Promise<void> {
  const target = openGoTarget({ pids: [pid] }, DEFAULT_GROUPS);
  const folder = mkdtempSync(join(tmpdir(), 'xgotop-'));
  const output = join(folder, recordingName(target.process?.comm ?? '', pid, new Date()));
  try {
    const flags = { ...options, events: DEFAULT_GROUPS, ringSize: 16, live: true, output };
    await runRecording(target, flags);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
