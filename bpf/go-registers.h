/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Where Go keeps what a probe reads, by architecture: the one place to extend for
 * another. Register roles are those of Go's internal ABI (cmd/compile/abi-internal.md).
 */
#ifndef XGOTOP_GO_REGISTERS_H
#define XGOTOP_GO_REGISTERS_H

#if defined(__TARGET_ARCH_x86)

typedef struct pt_regs go_regs;

#define GO_ARG1(regs) ((regs)->rax)
#define GO_ARG2(regs) ((regs)->rbx)
#define GO_ARG3(regs) ((regs)->rcx)
#define GO_ARG4(regs) ((regs)->rdi)
#define GO_ARG5(regs) ((regs)->rsi)
#define GO_ARG6(regs) ((regs)->r8)
#define GO_G(regs) ((regs)->r14)
#define GO_IS_ZERO(regs) (((regs)->eflags & 0x40) != 0)
#define GO_SP(regs) ((regs)->rsp)
#define GO_FP(regs) ((regs)->rbp)
#define GO_PC(regs) ((regs)->rip)

/*
 * Register by its number in instructions. The kernel takes loads from the context at constant
 * offsets only; the empty assembly, another in each case, keeps the compiler from making one
 * load of sixteen.
 */
#define GO_REGISTER(number, name)                                                            \
	case number:                                                                         \
		value = regs->name;                                                          \
		asm volatile("" : "+r"(value) : "i"(number));                                \
		return value;

static __always_inline __u64 go_register(const go_regs *regs, __u32 number)
{
	__u64 value;

	switch (number) {
	GO_REGISTER(0, rax)
	GO_REGISTER(1, rcx)
	GO_REGISTER(2, rdx)
	GO_REGISTER(3, rbx)
	GO_REGISTER(4, rsp)
	GO_REGISTER(5, rbp)
	GO_REGISTER(6, rsi)
	GO_REGISTER(7, rdi)
	GO_REGISTER(8, r8)
	GO_REGISTER(9, r9)
	GO_REGISTER(10, r10)
	GO_REGISTER(11, r11)
	GO_REGISTER(12, r12)
	GO_REGISTER(13, r13)
	GO_REGISTER(14, r14)
	GO_REGISTER(15, r15)
	}
	return 0;
}

/* The return address lies at the stack pointer until the prologue is through. */
#define GO_RETURN_ON_STACK 1
#define GO_RETURN(regs) 0

/* jbe is taken when CF or ZF is set: the function calls morestack and starts again. */
#define GO_STACK_CHECK_TAKEN(regs) (((regs)->eflags & 0x41) != 0)

#elif defined(__TARGET_ARCH_arm64)

typedef struct user_pt_regs go_regs;

#define GO_ARG1(r) ((r)->regs[0])
#define GO_ARG2(r) ((r)->regs[1])
#define GO_ARG3(r) ((r)->regs[2])
#define GO_ARG4(r) ((r)->regs[3])
#define GO_ARG5(r) ((r)->regs[4])
#define GO_ARG6(r) ((r)->regs[5])
#define GO_G(r) ((r)->regs[28])
#define GO_IS_ZERO(r) (((r)->pstate & (1u << 30)) != 0)
#define GO_SP(r) ((r)->sp)
#define GO_FP(r) ((r)->regs[29])
#define GO_PC(r) ((r)->pc)

/* Probes that take operands from registers are not planned for arm64. */
static __always_inline __u64 go_register(const go_regs *regs, __u32 number)
{
	return 0;
}

#define GO_RETURN_ON_STACK 0
#define GO_RETURN(r) ((r)->regs[30])

/* b.ls is taken when C is clear or Z is set. */
#define GO_STACK_CHECK_TAKEN(r) (((r)->pstate & (1u << 29)) == 0 || ((r)->pstate & (1u << 30)) != 0)

#else
#error "no register roles for this architecture"
#endif

#endif /* XGOTOP_GO_REGISTERS_H */
