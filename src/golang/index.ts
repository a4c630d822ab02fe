/**
 * Go executables: what this room offers to others.
 *
 * Pure functions over bytes that the caller reads. Imports nothing of the other rooms and
 * nothing of Node, so that it runs in a browser as well.
 */
export { allocKind, type AllocKind } from './alloc-kind.ts';
export { calledFunction, callerTellsAllocator } from './allocator-call.ts';
export type { CallOperands, CallSource } from './call-targets.ts';
export type { Inflate } from './debug-section.ts';
export type { Arch } from './elf-image.ts';
export type { ExecutableBytes } from './executable-bytes.ts';
export { AnonymousNames } from './anonymous-names.ts';
export { isStandardName, isStandardPackage, packageOfFunction } from './standard-library.ts';
export { findAllgs } from './find-allgs.ts';
export type { Frame } from './frame.ts';
export { GoProgramError, type GoProgramErrorCode } from './go-program-error.ts';
export { openGoProgram, type GoFunction, type GoProgram } from './go-program.ts';
export { planProbes, type ProbePlan } from './plan-probes.ts';
export type { ProbeOperands, ProbeSitePlan } from './probe-site-plan.ts';
export type { ProbeGroup } from './probe-targets.ts';
export type { GoOffsets } from './runtime-layout.ts';
export type { TypeFacts } from './type-facts.ts';
export { NEWEST_MINOR, OLDEST_MINOR } from './runtime-layout.ts';
