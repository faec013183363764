package org.stasis.engine.options;

/** How a pre-dump takes the pages of running tasks. */
public enum PreDumpMode {
  /** From inside of the task, by vmsplice(2). */
  SPLICE,
  /** From outside, by process_vm_readv(2). */
  READ
}
