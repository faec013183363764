/**
 * How native memory is held during a system call. Not exported: no other module sees memory that
 * carries anything but bytes.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.linux.foreign;
