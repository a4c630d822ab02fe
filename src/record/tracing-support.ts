/** Whether this machine lets us trace at all, and if not, exactly why and what to do. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UserError } from '../format/errors.ts';
import { loadNative, type Native } from './native.ts';

/** The BPF object as built; beside the sources in a checkout and in a package alike. */
export const BPF_OBJECT_PATH = findObject();

/**
 * The addon, when it can do its work here.
 *
 * @throws UserError what is missing: Linux, the built addon, permission, kernel support
 */
export function nativeForTracing(): Native {
  if (process.platform !== 'linux') {
    throw new UserError(
      `recording needs Linux; this is ${process.platform}`,
      'xgotop query and xgotop replay work here on recordings made elsewhere',
    );
  }
  let native: Native;
  try {
    native = loadNative();
  } catch (error) {
    throw new UserError(
      `the native part of xgotop is not built: ${(error as Error).message.split('\n')[0]!}`,
      'npm run setup builds it',
      { cause: error },
    );
  }
  if (!existsSync(BPF_OBJECT_PATH)) {
    throw new UserError(`${BPF_OBJECT_PATH} is missing`, 'npm run setup builds it');
  }
  const missing = native.probeSupport();
  if (missing) throw explain(missing);
  return native;
}

function explain({ step, code }: { step: string; code: string }): UserError {
  if (code === 'EPERM' || code === 'EACCES') {
    return new UserError(
      `no permission to trace: ${step} was refused (${code})`,
      'run it as root (sudo), or give node CAP_BPF and CAP_PERFMON; xgotop doctor tells more',
    );
  }
  return new UserError(
    `this kernel cannot trace for xgotop: ${step} failed (${code})`,
    'Linux 5.15 or newer with BPF, uprobes and BTF is needed; xgotop doctor tells more',
  );
}

function findObject(): string {
  const candidates = ['../../bpf/record.bpf.o', '../../../bpf/record.bpf.o'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  return candidates.find((path) => existsSync(path)) ?? candidates[1]!;
}
