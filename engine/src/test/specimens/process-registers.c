/* SPDX-License-Identifier: Apache-2.0 */
/*
 * General, SSE, AVX and x87 registers of a thread that makes no system call.
 * row: Process / registers
 * carries: general, x87, SSE and AVX registers of a thread that makes no system call
 */
#include "specimen.h"
#include <signal.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
	volatile int *go;
	unsigned long bad = 0;
	pid_t watcher;
	static volatile int flag;
	static float ymm[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	double x87 = 3.25;
	int i, avx = __builtin_cpu_supports("avx");

	specimen_begin(argc, argv);
	go = &flag;
	(void)watcher;
	specimen_say("ready", "");
	for (i = 0; i < 2000 && !specimen_told(); i++) {
		/* about ten milliseconds without a system call, registers full */
		unsigned long loops = 10000000;

		if (avx)
			__asm__ volatile("vmovups %0, %%ymm5\n\tvmovups %0, %%ymm15" : : "m"(ymm) : "xmm5", "xmm15");
		__asm__ volatile("fldl %[x87]\n\t"
				 "mov $0x1111111111111111, %%r8\n\t"
				 "mov $0x2222222222222222, %%r9\n\t"
				 "mov $0x3333333333333333, %%r15\n\t"
				 "1: dec %[loops]\n\t"
				 "jnz 1b\n\t"
				 "mov $0x1111111111111111, %%rax\n\t"
				 "xor %%rax, %%r8\n\t"
				 "mov $0x2222222222222222, %%rax\n\t"
				 "xor %%rax, %%r9\n\t"
				 "mov $0x3333333333333333, %%rax\n\t"
				 "xor %%rax, %%r15\n\t"
				 "or %%r8, %[bad]\n\t"
				 "or %%r9, %[bad]\n\t"
				 "or %%r15, %[bad]\n\t"
				 "fstpl %[x87]\n\t"
				 : [loops] "+r"(loops), [bad] "+r"(bad), [x87] "+m"(x87)
				 :
				 : "rax", "r8", "r9", "r15", "cc", "memory");
		check(bad == 0 && x87 == 3.25);
		if (avx) {
			float five[8], fifteen[8];

			__asm__ volatile("vmovups %%ymm5, %0\n\tvmovups %%ymm15, %1" : "=m"(five), "=m"(fifteen));
			check(memcmp(five, ymm, 32) == 0 && memcmp(fifteen, ymm, 32) == 0);
		}
	}
	check(*go == 0);
	check(specimen_told());
	specimen_pass();
}
