/**
 * What {@code /proc} tells, proc(5): files read whole and parsed by hand, as records.
 *
 * <p>Start at {@link org.stasis.linux.proc.ProcFs}. Nothing is cached: every method asks the
 * kernel.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.linux.proc;
