/** A busy Go program that checks itself, to be recorded while things go wrong. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { buildGoProgram } from './go-program.ts';

export interface SelfCheck {
  pid: number;
  child: ChildProcess;
  /** End it. @returns its exit code and what it said: how many rounds were right */
  end(): Promise<{ code: number | null; said: string }>;
}

/** Start it; fulfilled when it works. */
export async function startSelfCheck(): Promise<SelfCheck> {
  const child = spawn(buildGoProgram('test/kernel/testdata/selfcheck'), {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  return {
    pid: child.pid!,
    child,
    end: async () => {
      child.stdin.end();
      const [code] = (await closed) as [number | null];
      return { code, said: said.replace('ready\n', '').trim() };
    },
  };
}
