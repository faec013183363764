/**
 * Registers of x86-64 threads, both directions: user_regs_struct, the XSAVE area, system call
 * restarts, and the stub that makes remote calls.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.x86;
