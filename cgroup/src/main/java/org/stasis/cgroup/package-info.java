/**
 * Control groups, both directions, cgroups(7): which groups the tasks of a tree are in, what those
 * groups are set to, and where they come back below other groups. {@link
 * org.stasis.cgroup.ControlGroups} is the kind; {@link org.stasis.cgroup.Hierarchies} knows where
 * groups are to be found as directories. Versions 1 and 2 differ little from here: version 2 is a
 * hierarchy without a name. Elsewhere: who else is in a cgroup namespace ({@code namespaces}), and
 * mounts of cgroup file systems ({@code mounts}).
 */
@org.jspecify.annotations.NullMarked
package org.stasis.cgroup;
