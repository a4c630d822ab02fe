/** A command run in this process, with what it wrote. */
import { CommanderError } from 'commander';
import type { Command } from 'commander';
import { vi } from 'vitest';

export interface CommandRun {
  stdout: string;
  stderr: string;
  /** What it threw: a UserError, a FormatError, commander's error; undefined when it was done. */
  error: unknown;
  /** As main.ts would set it. */
  exitCode: 0 | 1 | 2;
}

/** @param words - the arguments after the command's name */
export async function runCommand(command: Command, words: readonly string[]): Promise<CommandRun> {
  const run: CommandRun = { stdout: '', stderr: '', error: undefined, exitCode: 0 };
  const take = (stream: 'stdout' | 'stderr') =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      run[stream] += String(text);
      return true;
    });
  const spies = [take('stdout'), take('stderr')];
  command.exitOverride();
  try {
    await command.parseAsync([...words], { from: 'user' });
  } catch (error) {
    run.error = error;
    run.exitCode = !(error instanceof CommanderError) ? 1 : error.exitCode === 0 ? 0 : 2;
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return run;
}
