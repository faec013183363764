/** BPF objects, bpf(2): what of them can be asked for and set from outside of the kernel. */
@org.jspecify.annotations.NullMarked
package org.stasis.linux.bpf;
