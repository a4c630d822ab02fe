/** The commands that give a process what recording needs. */
import { capabilityMask } from '../capabilities.ts';
import type { MachineFacts } from './machine-facts.ts';

export interface Mend {
  mend: string;
  caveat: string;
}

/** For all that xgotop does: BPF programs, probes, and the memory of other users' programs. */
const ALL = capabilityMask(['BPF', 'PERFMON', 'SYS_PTRACE']);

/**
 * How this process could get CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE.
 *
 * @param nodePath - real path of the executable that runs xgotop
 */
export function capabilityMend(facts: MachineFacts, nodePath: string): Mend {
  if (!facts.isInitialUserNamespace) {
    return {
      mend: 'sudo xgotop record ...',
      caveat: 'on the host: capabilities within a user namespace do not count for BPF',
    };
  }
  if ((facts.bounding & ALL) !== ALL) {
    return {
      mend: 'docker run --cap-add BPF --cap-add PERFMON --cap-add SYS_PTRACE ...',
      caveat: 'the container was started without them; --pid=host shows the programs outside of it',
    };
  }
  if (facts.hasNoNewPrivileges) {
    return {
      mend: 'sudo xgotop record ...',
      caveat: 'outside of this sandbox (no_new_privs): nothing started in it can gain them',
    };
  }
  return {
    mend: `sudo setcap cap_bpf,cap_perfmon,cap_sys_ptrace+ep ${nodePath}`,
    caveat:
      'every script that this node runs has them then: better on a copy of node kept for xgotop',
  };
}
