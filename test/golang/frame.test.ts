import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Frame, GoProgram } from '../../src/golang/index.ts';
import { GO_VERSIONS, OTHER_GO_VERSIONS, buildGo, go, openFile } from './build-go.ts';

/** Program counters spread over all functions, prologues included. */
function sample(program: GoProgram, count: number): number[] {
  const functions = [...program.functions()].filter((fn) => fn.end > fn.entry);
  const pcs: number[] = [];
  // A fixed sequence that lands anywhere in a function (Knuth's multiplicative hash).
  for (let i = 0; i < count; i++) {
    const fn = functions[Math.floor((i * functions.length) / count)]!;
    pcs.push(fn.entry + ((i * 2654435761) % (fn.end - fn.entry)));
  }
  return pcs;
}

const hex = (pcs: readonly number[]) => pcs.map((pc) => pc.toString(16));

/** Debug information spells type arguments out; the function table has `[...]` for them. */
function comparable(name: string): string {
  return name.replace(/\[.*\]/s, '[...]').replaceAll('%2e', '.');
}

describe.each([...GO_VERSIONS, ...OTHER_GO_VERSIONS])('frames of a program of Go %s', (version) => {
  let path: string;
  let program: GoProgram;
  let pcs: number[];
  beforeAll(() => {
    path = buildGo({ version });
    program = openFile(path);
    pcs = sample(program, 4000);
  });

  it("have the function, file and line of the toolchain's addr2line", () => {
    const answers = go(['tool', 'addr2line', path], { input: hex(pcs).join('\n') }).split('\n');
    const wrong: string[] = [];
    for (const [i, pc] of pcs.entries()) {
      const frames = program.frames(pc);
      const ours = [frames.at(-1)?.name ?? '?', `${frames[0]!.file}:${frames[0]!.line}`];
      const theirs = [
        comparable(answers[2 * i]!).replace(/\.abi0$/, ''),
        answers[2 * i + 1]!.replace(/:-\d+$/, ':0'),
      ];
      if (comparable(ours[0]!) !== theirs[0] || ours[1] !== theirs[1]) {
        wrong.push(`${pc.toString(16)} ${ours.join(' ')} not ${theirs.join(' ')}`);
      }
    }
    expect(wrong.slice(0, 9)).toEqual([]);
  });

  it('have the inlined calls that the debug information has', () => {
    const oracle = buildGo({ version: '1.26.11', folder: 'dwarf-facts' });
    const answers = execFileSync(oracle, ['frames', path], {
      input: hex(pcs).join('\n'),
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    }).split('\n');
    const wrong: string[] = [];
    let inlined = 0;
    let compared = 0;
    for (const [i, pc] of pcs.entries()) {
      const frames = program.frames(pc);
      // Between functions there is nothing, and code made by the compiler has no lines there.
      if (frames[0]!.line === 0 || /^$| $/.test(answers[i]!)) continue;
      const ours = frames.map(({ name, file, line }) => `${comparable(name)} ${file}:${line}`);
      const theirs = answers[i]!.split(' < ').map((frame) => {
        const [, name, place] = /^(.*) (\S*)$/.exec(frame)!;
        return `${comparable(name!)} ${place!}`;
      });
      if (ours.join(' < ') !== theirs.join(' < '))
        wrong.push(`${ours.join(' < ')} not ${theirs.join(' < ')}`);
      inlined += ours.length - 1;
      compared++;
    }
    expect(compared).toBeGreaterThan(3000);
    expect(wrong.slice(0, 9)).toEqual([]);
    expect(inlined).toBeGreaterThan(200);
  });

  it('know where functions start and which the compiler made', () => {
    const frame = program.frames(program.functionNamed('main.worker')!.entry).at(-1)!;
    const expected: Partial<Frame> = { name: 'main.worker', isInlined: false, isWrapper: false };
    expect(frame).toMatchObject({ ...expected, startLine: 40, line: 40 });
    expect(frame.file).toMatch(/program\/main\.go$/);
  });

  it('are a new array each time', () => {
    const first = program.frames(pcs[0]!);
    first.length = 0;
    expect(program.frames(pcs[0]!).length).toBeGreaterThan(0);
  });
});
