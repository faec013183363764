/**
 * Signal actions, masks, queues and alternate stacks, both directions: rt_sigaction(2),
 * rt_sigqueueinfo(2), sigaltstack(2), PTRACE_PEEKSIGINFO of ptrace(2).
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.signals;
