/** The groups of events that are calls, on a program that says how often it did each. */
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { kernelTest } from '../kernel-support.ts';
import { buildGoProgram } from './go-program.ts';
import { readRecording, type RecordedEvent } from './recorded-events.ts';
import { start, xgotop } from './xgotop.ts';

const dir = mkdtempSync(join(tmpdir(), 'xgotop-groups-'));

interface Said {
  values: number;
  tries: number;
  selects: number;
  closes: number;
  waiters: number;
  panics: number;
  timers: number;
  exchanges: number;
  cycles: number;
  closures: number;
}

async function record(toolchain: string) {
  const program = buildGoProgram('test/kernel/testdata/groups', { toolchain });
  const path = join(dir, `${toolchain}.arrow`);
  const ran = await xgotop(['record', '-e', 'all', '-o', path, '--', program]);
  expect(ran.stderr).toMatch(/ 0 lost; groups-/);
  const said = JSON.parse(ran.stdout) as Said;
  return { said, path, ...(await readRecording(path)) };
}

type Wanted = Partial<Pick<RecordedEvent, 'func' | 'kind' | 'type' | 'waitReason'>>;

function counter(events: readonly RecordedEvent[]) {
  return (event: string, wanted: Wanted = {}) =>
    events.filter(
      (row) =>
        row.event === event &&
        Object.entries(wanted).every(([key, value]) => row[key as keyof Wanted] === value),
    ).length;
}

describe.each(['go1.22.12', 'go1.24.13', 'go1.26.11', 'go1.27.4'])('a program of %s', (version) => {
  kernelTest('has every call it says it made in the recording', async () => {
    const { said, events, recording, path } = await record(version);
    const count = counter(events);
    const minor = Number(version.split('.')[1]);
    expect({
      sends: count('chan_send', { func: 'main.send', kind: '' }),
      receives: count('chan_recv', { func: 'main.receive' }),
      tries: count('chan_send', { func: 'main.try', kind: 'try' }),
      closes: count('chan_close', { func: 'main.shut' }),
      selects: count('select', { func: 'main.choose' }),
      contended: count('mutex_contended', { func: 'main.contend' }),
      readers: count('sem_acquire', { waitReason: 'sync.RWMutex.RLock' }),
      waits: count('cond_wait'),
      signals: count('cond_notify', { kind: 'one' }),
      broadcasts: count('cond_notify', { kind: 'all' }),
      panics: count('panic', { func: 'main.fail', type: 'main.boom' }),
      bounds: count('panic', { type: 'runtime.boundsError' }),
      recoveries: count('recover'),
      fatal: count('fatal'),
      triggers: count('gc_trigger', { kind: 'on request' }),
      cycles: count('gc_heap_live'),
      labels: count('go_labels'),
      closures: count('alloc', { func: 'main.capture', kind: 'closure' }),
      variables: count('alloc', { func: 'main.capture', kind: 'new' }),
    }).toEqual({
      sends: said.values,
      receives: said.values,
      tries: said.tries,
      closes: said.closes,
      selects: said.selects,
      contended: said.waiters,
      readers: said.waiters,
      waits: said.waiters,
      signals: 2,
      broadcasts: 1,
      panics: 3,
      bounds: said.panics - 3,
      recoveries: said.panics,
      fatal: 0,
      triggers: said.cycles,
      cycles: said.cycles,
      labels: 2,
      closures: said.closures * 2,
      variables: 0,
    });
    // One for Go 1.24 and later, which tells a WaitGroup from other semaphores.
    const groups = count('sem_acquire', { waitReason: 'sync.WaitGroup.Wait' });
    expect(groups > 0).toBe(minor >= 24);

    const channels = events.filter(({ event, func }) => event === 'chan_send' && func === 'main.send'); // prettier-ignore
    expect(new Set(channels.map(({ object }) => object)).size).toBe(1);
    expect(events.filter(({ event }) => event === 'select').every((e) => e.value === 2n)).toBe(
      true,
    );

    const opened = events.filter(({ event }) => event === 'net_open');
    const closed = events.filter(({ event }) => event === 'net_close');
    // A listener and both ends of a connection.
    expect(opened.length).toBeGreaterThanOrEqual(3);
    expect(opened.every(({ value }) => value > 2n && value < 100n)).toBe(true);
    const known = new Set(opened.map(({ object }) => object));
    expect(closed.every(({ object }) => known.has(object))).toBe(true);
    expect(count('net_wait', { kind: 'read' })).toBeGreaterThanOrEqual(said.exchanges - 1);

    const ownTimers = new Set(
      events
        .filter(({ event, value }) => event === 'timer_set' && value > 3_000_000_000_000n)
        .map(({ object }) => object),
    );
    expect(ownTimers.size).toBe(said.timers);
    const stopped = events.filter(({ event, object }) => event === 'timer_stop' && ownTimers.has(object)); // prettier-ignore
    expect(stopped).toHaveLength(said.timers);
    expect(count('timer_fire')).toBeGreaterThanOrEqual(said.timers);

    // The stack that grew most was doubled each time.
    const resizes = events.filter(({ event }) => event === 'stack_resize');
    const largest = resizes.reduce((a, b) => (b.sizeBytes > a.sizeBytes ? b : a));
    const steps = resizes.filter(({ goid, kind }) => goid === largest.goid && kind === 'enlarge');
    expect(largest.sizeBytes).toBeGreaterThanOrEqual(131_072);
    expect(steps.map(({ value }) => Number(value) * 2)).toEqual(steps.map((s) => s.sizeBytes));

    expect(count('gc_assist_begin')).toBe(count('gc_assist_end'));
    expect(recording.labels.map(({ key, value }) => [key, value])).toEqual([
      ['request', '42'],
      ['tenant', 'blue'],
    ]);
    const asked = await xgotop([
      'query',
      path,
      'SELECT key, value, goid FROM labels WHERE NOT inherited',
    ]);
    expect(asked.stdout).toBe('key,value,goid\nrequest,42,1\ntenant,blue,1\n,,1\n');
    const inherited = await xgotop(['query', path, `SELECT key, value, parent_goid, func FROM labels
      JOIN goroutines USING (pid, goid) WHERE inherited AND NOT is_system ORDER BY key`]); // prettier-ignore
    expect(inherited.stdout).toMatch(
      /^key,value,parent_goid,func\nrequest,42,1,main\.main\S+\ntenant,blue,1,main\.main\S+\n$/,
    );
  });
});

describe('a recording without these groups', () => {
  kernelTest('has no columns for them', async () => {
    const path = join(dir, 'default.arrow');
    const program = buildGoProgram('test/kernel/testdata/groups');
    await xgotop(['record', '-q', '-o', path, '--', program]);
    const { events } = await readRecording(path);
    expect(events.every(({ object, value }) => object === 0n && value === 0n)).toBe(true);
    expect(events.filter(({ event }) => event.startsWith('chan_'))).toEqual([]);
  });
});

describe('marks', () => {
  kernelTest('come from the command and from a signal, in time order', async () => {
    const path = join(dir, 'marks.arrow');
    const steady = spawn(buildGoProgram('test/kernel/testdata/steady'), { stdio: ['ignore', 'pipe', 'inherit'] }); // prettier-ignore
    await new Promise((resolve) => steady.stdout.once('data', resolve));
    try {
      const { child, done } = start(['record', '-p', `${steady.pid}`, '-o', path, '-d', '4s']);
      await new Promise((resolve) => child.stderr.once('data', resolve));
      const marked = await xgotop(['mark', '-f', path, 'load begins']);
      expect(marked.code).toBe(0);
      expect(marked.stdout).toMatch(/marks\.arrow at /);
      child.kill('SIGUSR1');
      const other = await xgotop(['mark', '-f', join(dir, 'other.arrow'), 'nowhere']);
      expect([other.code, other.stderr]).toEqual([1, expect.stringMatching(/no recorder of this user is recording into/)]); // prettier-ignore
      await done;
      const { recording } = await readRecording(path);
      expect(recording.marks.map(({ text }) => text)).toEqual(['load begins', 'SIGUSR1']);
      const [first, second] = recording.marks.map(({ timeNs }) => timeNs);
      expect(first).toBeLessThan(second!);
      expect(second).toBeLessThan(recording.endNs);
    } finally {
      steady.kill('SIGKILL');
    }
  });
});
