/** The stress program as a process: what it says of itself while it runs. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { buildGoProgram } from '../kernel/go-program.ts';

export interface StressBuild {
  toolchain: string;
  /** Callbacks from C, threads of C, a plugin. */
  cgo: boolean;
}

export interface StressEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Its last line on stdout: `ok ROUNDS EXECS` when all went well. */
  said: string;
  stderr: string;
}

export class StressProgram {
  readonly ended: Promise<StressEnd>;
  readonly hasPlugin: boolean;
  readonly #child: ChildProcess;
  #isRunning = true;
  #lastLine = '';
  #stderr = '';
  #rounds = 0;
  #execs = 0;

  /**
   * Build and start it.
   *
   * @param seconds - after which it ends, when nobody asks it to before
   */
  constructor({ toolchain, cgo }: StressBuild, seconds: number) {
    const environment = { CGO_ENABLED: cgo ? '1' : '0' };
    const path = buildGoProgram('test/stress/program', { toolchain, environment });
    const plugin = { toolchain, environment, flags: ['-buildmode=plugin'] };
    const plugins = cgo ? [buildGoProgram('test/stress/plugin', plugin)] : [];
    this.hasPlugin = cgo;
    this.#child = spawn(path, ['run', `${seconds}`, ...plugins], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, GOTRACEBACK: 'system' },
    });
    this.#child.stderr!.on('data', (text: Buffer) => (this.#stderr += text.toString()));
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.#read(line));
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => {
        this.#isRunning = false;
        resolve({ code, signal, said: this.#lastLine, stderr: this.#stderr });
      });
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Pieces of work that it did and found right. */
  get rounds(): number {
    return this.#rounds;
  }

  /** How often it executed itself. */
  get execs(): number {
    return this.#execs;
  }

  /** What went wrong, for a test's message. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Have it check its last results, and end. */
  finish(): Promise<StressEnd> {
    this.#child.stdin!.end();
    return this.ended;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #read(line: string): void {
    this.#lastLine = line;
    const [word, count] = line.split(' ');
    if (word === 'tick') this.#rounds = Number(count);
    if (word === 'exec') this.#execs = Number(count);
  }
}
