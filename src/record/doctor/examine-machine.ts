/** `xgotop doctor`'s answer: everything that recording depends on, looked at once. */
import { accessSync, constants, existsSync, realpathSync, statfsSync } from 'node:fs';
import { release } from 'node:os';
import { loadNative, type Native } from '../native.ts';
import { BPF_OBJECT_PATH } from '../tracing-support.ts';
import { lacks, type Check } from './check.ts';
import { findGoProcesses, type GoProcesses } from './go-processes.ts';
import { installationChecks, type InstallationFacts } from './installation-checks.ts';
import {
  hasUprobeMulti,
  kernelChecks,
  type KernelProbing,
  type SupportedArchs,
} from './kernel-checks.ts';
import { machineFiles } from './machine-files.ts';
import { readMachineFacts } from './machine-facts.ts';
import { mayTrace, permissionChecks } from './permission-checks.ts';

export interface Diagnosis {
  /** Nothing is marked `lacks`. */
  canRecord: boolean;
  checks: Check[];
  processes: GoProcesses;
}

const SUPPORTED_ARCHS: SupportedArchs = { x64: 'x86-64' };
/** Architectures as Go calls them, by Node's names. */
const GO_ARCHS: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * Look at this machine. Changes nothing, and needs neither Linux nor the addon.
 *
 * @param folder - where recordings go
 * @param platform - as Node calls it
 */
export function examineMachine(folder: string, platform = process.platform): Diagnosis {
  if (platform !== 'linux') {
    const system = lacks('system', `recording needs Linux; this is ${platform}`);
    return diagnosis([system], { found: [], unseenCount: 0 });
  }
  const { native, facts: installation } = examineInstallation(folder);
  const files = machineFiles();
  const facts = readMachineFacts(files, { arch: process.arch, kernelRelease: release() });
  const probing = installation.obstacle === undefined ? tryProbing(native) : undefined;
  const uprobeMulti = hasUprobeMulti(facts, probing);
  const checks = [
    ...kernelChecks(facts, probing, SUPPORTED_ARCHS),
    ...permissionChecks(facts, { uprobeMulti, nodePath: realpathSync(process.execPath) }),
    ...installationChecks(installation, mayTrace(facts, uprobeMulti)),
  ];
  const arch = GO_ARCHS[process.arch] ?? process.arch;
  return diagnosis(
    checks,
    findGoProcesses(files, arch, (pid) => mayReadMemory(native, pid)),
  );
}

function diagnosis(checks: Check[], processes: GoProcesses): Diagnosis {
  return { canRecord: checks.every(({ mark }) => mark !== 'lacks'), checks, processes };
}

function examineInstallation(folder: string): {
  native: Native | undefined;
  facts: InstallationFacts;
} {
  let native: Native | undefined;
  let addonError: string | undefined;
  try {
    native = loadNative();
  } catch (error) {
    addonError = (error as Error).message.split('\n')[0]!;
  }
  const { bavail, bsize } = statfsSync(folder);
  return {
    native,
    facts: {
      nodeVersion: process.versions.node,
      addonError,
      objectPath: BPF_OBJECT_PATH,
      hasObject: existsSync(BPF_OBJECT_PATH),
      obstacle: native?.probeSupport(),
      folder,
      isFolderWritable: isWritable(folder),
      freeBytes: bavail * bsize,
    },
  };
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function tryProbing(native: Native | undefined): KernelProbing | undefined {
  try {
    return native?.kernelProbing();
  } catch {
    // A step of `probeSupport` that fails; the trial's own check names it.
    return undefined;
  }
}

/** One byte at an address that nobody maps: the kernel asks for the permission first. */
function mayReadMemory(native: Native | undefined, pid: number): boolean {
  try {
    native?.readMemory(pid, 0n, 1);
    return true;
  } catch {
    return false;
  }
}
