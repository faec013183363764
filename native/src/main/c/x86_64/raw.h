/* SPDX-License-Identifier: Apache-2.0 */
/* System calls without libc: each returns the kernel's answer, -errno on failure. */
#ifndef STASIS_RAW_H
#define STASIS_RAW_H

#include <stdint.h>

static inline long raw6(long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
	register uint64_t r10 __asm__("r10") = d;
	register uint64_t r8 __asm__("r8") = e;
	register uint64_t r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static inline long raw4(long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	return raw6(number, a, b, c, d, 0, 0);
}

static inline long raw3(long number, uint64_t a, uint64_t b, uint64_t c)
{
	return raw6(number, a, b, c, 0, 0, 0);
}

static inline long raw1(long number, uint64_t a)
{
	return raw6(number, a, 0, 0, 0, 0, 0);
}

/*
 * clone3(2). In the child, which may stand on a new stack that holds nothing, control goes to
 * child(a, b) and never comes back.
 */
static inline long raw_clone3(uint64_t arguments, uint64_t size, void (*child)(void *, void *), void *a, void *b)
{
	register void *child_a __asm__("r12") = a;
	register void *child_b __asm__("r13") = b;
	register void (*entry)(void *, void *) __asm__("r14") = child;
	long result;

	__asm__ volatile("syscall\n\t"
			 "test %%eax, %%eax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "and $-16, %%rsp\n\t"
			 "mov %%r12, %%rdi\n\t"
			 "mov %%r13, %%rsi\n\t"
			 "call *%%r14\n\t"
			 "ud2\n"
			 "1:"
			 : "=a"(result)
			 : "0"(435L), "D"(arguments), "S"(size), "r"(child_a), "r"(child_b), "r"(entry)
			 : "rcx", "r11", "memory");
	return result;
}

/* Gives up the C world for an address that needs nothing of it. */
static inline void __attribute__((noreturn)) raw_jump(uint64_t address)
{
	__asm__ volatile("jmp *%0" : : "r"(address) : "memory");
	__builtin_unreachable();
}

#endif
