/**
 * The mounts of a tree, both directions. Capture reads {@code /proc/PID/mountinfo}
 * (proc_pid_mountinfo(5)) into {@code mountpoints-ID.img} and packs what tmpfs file systems hold;
 * rebuild plans a mount tree with the calls that work on descriptors (fsopen(2), open_tree(2),
 * move_mount(2), mount_setattr(2)), below the directory given as root, and pivots into it. Here
 * lives whatever must know what a mount is. Elsewhere: who else has a namespace ({@code
 * namespaces}), the images ({@code images}), control groups ({@code cgroup}).
 */
@org.jspecify.annotations.NullMarked
package org.stasis.mounts;
