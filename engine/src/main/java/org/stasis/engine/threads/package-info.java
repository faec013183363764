/**
 * What a thread has registered with the kernel, both directions: robust list, tid address, rseq,
 * name, parent death signal.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.threads;
