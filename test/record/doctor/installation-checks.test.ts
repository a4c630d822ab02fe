import { expect, it } from 'vitest';
import {
  installationChecks,
  type InstallationFacts,
} from '../../../src/record/doctor/installation-checks.ts';

const INSTALLED: InstallationFacts = {
  nodeVersion: '20.19.0',
  addonError: undefined,
  objectPath: '/x/record.bpf.o',
  hasObject: true,
  obstacle: undefined,
  folder: '/data',
  isFolderWritable: true,
  freeBytes: 5e9,
};
const refused = { step: 'BPF_MAP_CREATE', code: 'EPERM' };

it('nothing is lacking of a whole installation', () => {
  const marks = installationChecks(INSTALLED, true).map(({ topic, mark }) => `${topic} ${mark}`);
  expect(marks).toEqual(['Node ok', 'addon ok', 'BPF object ok', 'BPF ok', 'disk ok']);
});

it.for<
  [
    what: string,
    facts: Partial<InstallationFacts>,
    mayTrace: boolean,
    topic: string,
    mark: string,
    fact: RegExp,
    mend?: string,
  ]
>([
  ['no addon', { addonError: 'not found' }, true, 'addon', 'lacks', /not found/, 'npm run setup'],
  ['no object', { hasObject: false }, true, 'BPF object', 'lacks', /bpf\.o is/, 'npm run setup'],
  ['refused', { obstacle: refused }, false, 'BPF', 'note', /MAP_CREATE.*EPERM.*capabilities/],
  ['refused all the same', { obstacle: refused }, true, 'BPF', 'lacks', /in spite/, 'docker run --security-opt seccomp=unconfined ...'],
  ['unknown', { obstacle: { step: 'BPF_PROG_LOAD', code: 'EINVAL' } }, true, 'BPF', 'lacks', /LOAD failed \(EINVAL\)/],
  ['little room', { freeBytes: 3e8 }, true, 'disk', 'note', /0\.3 GB free in \/data/],
  ['no place', { isFolderWritable: false }, true, 'disk', 'note', /\/data is not writable/],
])('%s', ([, facts, mayTrace, topic, mark, fact, mend]) => {
  const checks = installationChecks({ ...INSTALLED, ...facts }, mayTrace);
  const found = checks.find((check) => check.topic === topic);
  expect(found).toMatchObject({ mark, fact: expect.stringMatching(fact) as string });
  expect(found?.mend).toBe(mend);
}); // prettier-ignore

it('BPF is not judged without the addon', () => {
  const topics = installationChecks({ ...INSTALLED, addonError: 'x' }, true).map((c) => c.topic);
  expect(topics).not.toContain('BPF');
});
