/**
 * Objects of System V IPC, sysvipc(7): those of the IPC namespace of the calling thread. Which
 * there are, {@code /proc/sysvipc} tells.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.linux.ipc;
