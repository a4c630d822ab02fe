/** Programs however they were linked: names must be right wherever the loader put them. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { kernelTest } from '../kernel-support.ts';
import { buildGoProgram } from './go-program.ts';
import { readRecording } from './recorded-events.ts';
import { xgotop } from './xgotop.ts';

const dir = mkdtempSync(join(tmpdir(), 'xgotop-link-'));
const PIE = ['-buildmode=pie'];
const STRIPPED = ['-ldflags=-s -w'];

describe('a program that was linked', () => {
  kernelTest.for<[how: string, toolchain: string, flags: string[]]>([
    ['stripped', 'local', STRIPPED],
    ['position independent', 'local', PIE],
    ['position independent and stripped', 'local', [...PIE, ...STRIPPED]],
    ['stripped by Go 1.21', 'go1.21.13', STRIPPED],
    ['position independent by Go 1.21', 'go1.21.13', PIE],
    ['position independent and stripped by Go 1.24', 'go1.24.13', [...PIE, ...STRIPPED]],
  ])('%s is recorded with its names and types', async ([how, toolchain, flags]) => {
    const program = buildGoProgram('test/kernel/testdata/traced', { toolchain, flags });
    const path = join(dir, `${how.replaceAll(' ', '-')}.arrow`);
    const ran = await xgotop(['record', '-e', 'all', '-o', path, '--', program, '/dev/null']);
    expect(ran.stderr).toMatch(/ 0 lost; traced-\w+ exited with 0/);
    const { events } = await readRecording(path);
    const started = events.filter((event) => event.event === 'go_create');
    // Eight workers and one method value a round, three rounds.
    expect(started.filter((event) => event.func === 'main.worker')).toHaveLength(24);
    expect(started.filter((event) => event.func === 'main.(*node).method')).toHaveLength(3);
    const nodes = events.filter((event) => event.type === 'main.node' && event.kind === 'new');
    // 20,000 a round in garbage, one in channels.
    expect(nodes.filter((event) => event.func === 'main.garbage')).toHaveLength(60_000);
    expect(new Set(nodes.map((event) => event.sizeBytes))).toEqual(new Set([24]));
  });
});
