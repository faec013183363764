/**
 * BPF maps that descriptors refer to, both directions: {@code /proc/PID/fdinfo}, bpf(2). Programs,
 * links and type information are not carried.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.bpf;
