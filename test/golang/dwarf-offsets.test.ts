import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openGoProgram, planProbes, type Inflate } from '../../src/golang/index.ts';
import { goOffsets } from '../../src/golang/runtime-layout.ts';
import { GO_VERSIONS, OTHER_GO_VERSIONS, buildGo, fileBytes, npmProgram } from './build-go.ts';

const inflate: Inflate = (bytes, sizeBytes) => inflateSync(bytes, { maxOutputLength: sizeBytes });

const PLAIN = ['-ldflags=-compressdwarf=false'];
const VERSIONS = [...GO_VERSIONS, ...OTHER_GO_VERSIONS, '1.19.13'];

/** A plan of a program whose debug information is what `change` makes of it. */
function planWith(path: string, change: (content: Uint8Array) => Uint8Array | undefined) {
  const changed: Inflate = (bytes, sizeBytes) => {
    const content = inflate(bytes, sizeBytes);
    return content && change(content);
  };
  return planProbes(openGoProgram(fileBytes(path), changed), ['sched']);
}

/** Content with the offset of a field of g, two bytes of LEB128 behind its name, replaced. */
function moved(content: Uint8Array, field: string, from: number, to: number): Uint8Array {
  const encoded = (offset: number) => [(offset & 127) | 128, offset >> 7];
  const pattern = Buffer.from([...Buffer.from(`${field}\0`), ...encoded(from)]);
  const at = Buffer.from(content).indexOf(pattern);
  if (at < 0) return content;
  const copy = content.slice();
  copy.set(encoded(to), at + pattern.length - 2);
  return copy;
}

// Building takes the toolchain a while the first time.
describe('offsets', { timeout: 180_000 }, () => {
  it.each(
    VERSIONS.flatMap((version) => [
      [version, 'amd64'],
      [version, 'arm64'],
    ]),
  )('of Go %s for %s are those of its debug information', (version, arch) => {
    const env = arch === 'arm64' ? { GOARCH: arch } : {};
    const program = openGoProgram(fileBytes(buildGo({ version, env })), inflate);
    const minor = Number(version.split('.')[1]);
    expect(program.structOffsets()).toEqual({ offsets: goOffsets(minor), source: 'DWARF' });
    const { offsetsSource } = planProbes(program, ['sched']);
    expect(offsetsSource).toBe('DWARF, agreed with casgstatus and newproc1');
  });

  it.each<[what: string, version: string, flags: string[], env: Record<string, string>]>([
    ['linked by another linker', '1.26.11', [], { CGO_ENABLED: '1' }],
    [
      'compressed as GNU did at first',
      '1.24.13',
      ['-ldflags=-linkmode=external -extldflags=-Wl,--compress-debug-sections=zlib-gnu'],
      { CGO_ENABLED: '1' },
    ],
  ])('are found in a program that is %s', (_, version, flags, env) => {
    const path = buildGo({ version, folder: 'cgo-program', flags, env });
    const { offsets, source } = openGoProgram(fileBytes(path), inflate).structOffsets();
    expect([source, offsets]).toEqual(['DWARF', goOffsets(Number(version.split('.')[1]))]);
  });

  it.each(['1.22.12', '1.26.11'])(
    'of Go %s need no decompression where none was done',
    (version) => {
      const program = openGoProgram(fileBytes(buildGo({ version, flags: PLAIN })));
      expect(program.structOffsets().source).toBe('DWARF');
    },
  );

  it.each<[what: string, path: string, inflate: Inflate | undefined]>([
    ['there is none', npmProgram('tsc'), inflate],
    ['nobody decompresses it', buildGo({ version: '1.26.11' }), undefined],
    ['it is damaged', buildGo({ version: '1.26.11' }), () => undefined],
    ['it is shorter than it claims', buildGo({ version: '1.26.11' }), () => new Uint8Array(5)],
    ['it is all zeros', buildGo({ version: '1.26.11' }), (_, size) => new Uint8Array(size)],
    ['it is noise', buildGo({ version: '1.26.11' }), (_, size) => new Uint8Array(size).fill(0xfd)],
  ])('are those of the table where %s', (_, path, given) => {
    const program = openGoProgram(fileBytes(path), given);
    expect(program.structOffsets()).toEqual({
      offsets: goOffsets(26),
      source: 'table for go1.26',
    });
  });

  it('are believed where the table says otherwise', () => {
    const path = buildGo({ version: '1.26.11' });
    const plan = planWith(path, (content) => moved(content, 'waitreason', 176, 184));
    // No function there sets labels.
    expect(plan.offsets).toEqual({ ...goOffsets(26), gWaitReason: 184, gLabels: -1 });
    expect(plan.offsetsSource).toBe('DWARF, agreed with casgstatus and newproc1');
  });

  it.each([
    ['goid', 152, 160],
    ['atomicstatus', 144, 148],
    ['startpc', 304, 312],
  ])('are refused where the code contradicts: g.%s at %i, not %i', (field, from, to) => {
    const path = buildGo({ version: '1.26.11' });
    expect(() => planWith(path, (content) => moved(content, field, from, to))).toThrow(
      expect.objectContaining({
        code: 'damaged',
        message: expect.stringContaining(`no g.${field} at ${to}`) as string,
      }),
    );
  });

  it("are the table's, or DWARF's, whatever bytes of it are wrong", () => {
    const path = buildGo({ version: '1.26.11' });
    let state = 7;
    const seen = new Set<string>();
    for (let round = 0; round < 40; round++) {
      const damage: Inflate = (bytes, sizeBytes) => {
        const content = inflate(bytes, sizeBytes)?.slice();
        for (let i = 0; content !== undefined && i < 3; i++) {
          state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
          content[state % Math.min(content.length, 20_000)] = state >>> 24;
        }
        return content;
      };
      const { source } = openGoProgram(fileBytes(path), damage).structOffsets();
      seen.add(source);
    }
    expect([...seen].sort()).toEqual(['DWARF', 'table for go1.26']);
  });
});
