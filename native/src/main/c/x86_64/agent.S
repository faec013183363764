/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Head of agent.bin, and the two pieces of the agent that C cannot say.
 */
#define NR_RT_SIGPROCMASK 14
#define SIG_SETMASK 2

	.section .head, "ax"
	.globl agent_head
agent_head:
	.long 0x54415453		/* AGENT_MAGIC */
	.long 1				/* AGENT_VERSION */
	.long parasite_entry - agent_head
	.long root_entry - agent_head
	.long stub - agent_head
	.long stub_return - agent_head
	.long stub_context - agent_head
	.long stub_end - agent_head
	.long call - agent_head
	.long cpuid_entry - agent_head
	.long box_entry - agent_head

	.text
/* (channel in rdi, program in rsi), on a stack of the channel's. */
parasite_entry:
	xor	%ebp, %ebp
	and	$-16, %rsp
	call	agent_parasite
	ud2

/* (channel in rdi, program in rsi, stack top in rdx): runs on that stack, which children inherit. */
root_entry:
	push	%rbp
	mov	%rsp, %rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, %rbx
	mov	%rdx, %rsp
	and	$-16, %rsp
	call	agent_root
	mov	%rbx, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret

/* (channel in rdi, program in rsi, stack top in rdx): as the root task itself, which never comes back. */
box_entry:
	xor	%ebp, %ebp
	mov	%rdx, %rsp
	and	$-16, %rsp
	call	agent_parasite
	ud2

/* (leaf in rdi, subleaf in rsi, uint32_t[4] in rdx): the engine itself calls it, to lay out XSAVE areas. */
cpuid_entry:
	push	%rbx
	mov	%rdx, %r8
	mov	%edi, %eax
	mov	%esi, %ecx
	cpuid
	mov	%eax, 0(%r8)
	mov	%ebx, 4(%r8)
	mov	%ecx, 8(%r8)
	mov	%edx, 12(%r8)
	pop	%rbx
	ret

/* Where the engine makes single system calls once the agent is mapped. */
call:
	syscall
	ud2

/*
 * One remote system call that is safe at every moment: should the engine die before, during or
 * after it, the task falls through to its own registers and signal mask. It is copied, with its
 * context filled in, to wherever it can be executed; it uses no stack, since the task's may be a
 * few hundred bytes of a heap, and no floating point. Until the signal mask is set no signal can
 * come in; after that rsp is the task's own. Nothing after popfq may touch the flags.
 */
	.balign 16
stub:
	syscall
stub_return:
	lea	flags(%rip), %rsp
	popfq
	mov	stack(%rip), %rsp
	mov	$NR_RT_SIGPROCMASK, %eax
	mov	$SIG_SETMASK, %edi
	lea	mask(%rip), %rsi
	mov	$0, %edx
	mov	$8, %r10d
	syscall
	mov	stub_context+0x00(%rip), %r15
	mov	stub_context+0x08(%rip), %r14
	mov	stub_context+0x10(%rip), %r13
	mov	stub_context+0x18(%rip), %r12
	mov	stub_context+0x20(%rip), %rbp
	mov	stub_context+0x28(%rip), %rbx
	mov	stub_context+0x30(%rip), %r11
	mov	stub_context+0x38(%rip), %r10
	mov	stub_context+0x40(%rip), %r9
	mov	stub_context+0x48(%rip), %r8
	mov	stub_context+0x50(%rip), %rax
	mov	stub_context+0x58(%rip), %rcx
	mov	stub_context+0x60(%rip), %rdx
	mov	stub_context+0x68(%rip), %rsi
	mov	stub_context+0x70(%rip), %rdi
	jmp	*stub_context+0x78(%rip)
	.balign 8
stub_context:
	.fill	16, 8, 0		/* r15 .. rdi, rip */
flags:	.quad	0
stack:	.quad	0
mask:	.quad	0
stub_end:

	.section .note.GNU-stack, "", @progbits
