/* SPDX-License-Identifier: Apache-2.0 */
	.text
	.globl _start
_start:
	xor	%ebp, %ebp
	mov	%rsp, %rdi
	and	$-16, %rsp
	call	launcher
	ud2
	.section .note.GNU-stack, "", @progbits
