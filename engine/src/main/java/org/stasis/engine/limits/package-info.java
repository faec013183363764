/**
 * Resource limits and scheduling, both directions: getrlimit(2), sched_setattr(2), setpriority(2).
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.limits;
