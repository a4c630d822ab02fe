/** One planned probe: where it is and what it reads. */
import type { CallOperands } from './call-targets.ts';
import type { ChosenSite } from './choose-site.ts';
import { GoProgramError } from './go-program-error.ts';
import type { GoProgram } from './go-program.ts';
import type { Operand, Swap } from './instruction.ts';
import type { ProbeGroup } from './probe-targets.ts';

/** What a probe within a function takes from where, instead of from the argument registers. */
export interface ProbeOperands {
  /** Number, in instructions, of the register with the goroutine's address. */
  gp: number;
  /** Statuses of the goroutine, runtime2.go. */
  from: Operand;
  to: Operand;
  /**
   * Which hits are events: all, or as in `Swap`; with `status-is-from` the goroutine's status
   * is about to be changed, and the hit is one when it is `from` still.
   */
  counts: 'always' | Swap['counts'];
}

/** One probe. */
export interface ProbeSitePlan {
  group: ProbeGroup;
  /** The event it becomes, as the column `event` names it; casgstatus also makes go_exit. */
  event: string;
  /** The function that holds the instruction. */
  function: string;
  /** Of the instruction, as in the file. */
  address: number;
  fileOffset: number;
  /** Assembly text, e.g. `push rbp`. */
  instruction: string;
  /** The kernel emulates it; otherwise each hit costs a single step, some 35 times as much. */
  emulated: boolean;
  /** Why this instruction, in one phrase. */
  rule: string;
  /** `enum probe_action` of bpf/event.h. */
  action: number;
  /** The stack check's branch: hits that take it are dropped. */
  stackCheck: boolean;
  /** Only for the actions `statusSwap` and `createAt`. */
  operands?: ProbeOperands;
  /** Only for the action `call`. */
  call?: CallOperands;
}

/** @throws GoProgramError `damaged` when the instruction is not in the file */
export function probeSitePlan(
  program: GoProgram,
  target: Pick<ProbeSitePlan, 'group' | 'event' | 'function' | 'action' | 'operands' | 'call'>,
  { instruction, rule, stackCheck }: ChosenSite,
): ProbeSitePlan {
  const fileOffset = program.fileOffsetOf(instruction.address);
  if (fileOffset === undefined) {
    throw new GoProgramError('damaged', `${target.function} has no code in the executable`);
  }
  return {
    group: target.group,
    event: target.event,
    function: target.function,
    address: instruction.address,
    fileOffset,
    instruction: instruction.text,
    emulated: instruction.isEmulated,
    rule,
    action: target.action,
    stackCheck,
    ...(target.operands === undefined ? {} : { operands: target.operands }),
    ...(target.call === undefined ? {} : { call: target.call }),
  };
}
