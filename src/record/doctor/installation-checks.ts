/** What xgotop itself brings: the addon, the BPF object; and whether they work here. */
import { lacks, note, ok, type Check } from './check.ts';

export interface InstallationFacts {
  /** Of Node, without `v`. */
  nodeVersion: string;
  /** Why the addon cannot be loaded, one line; undefined when it was. */
  addonError: string | undefined;
  /** Path of the BPF object, and whether it is there. */
  objectPath: string;
  hasObject: boolean;
  /** What failed when BPF was tried out; undefined when nothing did, or without the addon. */
  obstacle: { step: string; code: string } | undefined;
  /** Where recordings go unless told otherwise, and what is free there for this user, bytes. */
  folder: string;
  isFolderWritable: boolean;
  freeBytes: number;
}

/** A minute of a busy program's scheduling takes about as much. */
const LITTLE_BYTES = 1e9;

/**
 * Compilers are not looked for: what they make is here or it is not.
 *
 * @param mayTrace - the capabilities are there, so that a refusal has another reason
 */
export function installationChecks(facts: InstallationFacts, mayTrace: boolean): Check[] {
  const { addonError, hasObject, obstacle } = facts;
  return [
    ok('Node', facts.nodeVersion),
    addonError === undefined
      ? ok('addon', 'built')
      : lacks('addon', `cannot be loaded: ${addonError}`, 'npm run setup'),
    hasObject
      ? ok('BPF object', 'built')
      : lacks('BPF object', `${facts.objectPath} is missing`, 'npm run setup'),
    ...(addonError === undefined ? [trialCheck(obstacle, mayTrace)] : []),
    folderCheck(facts),
  ];
}

function trialCheck(obstacle: InstallationFacts['obstacle'], mayTrace: boolean): Check {
  if (obstacle === undefined) return ok('BPF', 'a map and a program were loaded');
  const { step, code } = obstacle;
  if (code !== 'EPERM' && code !== 'EACCES') return lacks('BPF', `${step} failed (${code})`);
  if (!mayTrace) return note('BPF', `${step} was refused (${code}), for want of capabilities`);
  return lacks(
    'BPF',
    `${step} was refused (${code}) in spite of the capabilities: a seccomp filter or security module`,
    'docker run --security-opt seccomp=unconfined ...',
    'if this is a container',
  );
}

function folderCheck({ folder, isFolderWritable, freeBytes }: InstallationFacts): Check {
  const free = `${(freeBytes / 1e9).toFixed(1)} GB free`;
  if (!isFolderWritable) {
    return note('disk', `${folder} is not writable for this user: name another place with -o`);
  }
  return freeBytes < LITTLE_BYTES
    ? note('disk', `${free} in ${folder}: an hour of a busy program takes more`)
    : ok('disk', `${free} in ${folder}`);
}
