import { describe, expect, it } from 'vitest';
import { openGoTarget, requireOwnProcessor } from '../../src/record/go-target.ts';
import { buildGo } from '../golang/build-go.ts';

const OWN = process.arch === 'x64' ? 'amd64' : process.arch;
const OTHER = OWN === 'amd64' ? 'arm64' : 'amd64';

const openedFor = (arch: string) => {
  const path = buildGo({ version: '1.26.11', env: { GOARCH: arch } });
  return { path, target: openGoTarget({ command: [path] }, ['sched', 'gc', 'alloc']) };
};

// Building takes the toolchain a while the first time.
describe('a program that is to be recorded', { timeout: 180_000 }, () => {
  it.each([OWN, OTHER])('for %s is planned with the offsets of its debug information', (arch) => {
    const { plan, program } = openedFor(arch).target;
    expect(program.arch).toBe(arch);
    expect(plan.offsetsSource).toBe('DWARF, agreed with casgstatus and newproc1');
    expect(plan.sites).toHaveLength(16);
  });

  it('is refused when it is for another processor', () => {
    const { path, target } = openedFor(OTHER);
    expect(() => requireOwnProcessor(target)).toThrow(
      expect.objectContaining({
        name: 'UserError',
        message: `${path} is built for ${OTHER}, this machine is ${OWN}`,
      }),
    );
    expect(() => requireOwnProcessor(openedFor(OWN).target)).not.toThrow();
  });
});
