/** Control groups as a resource kind: membership, properties, the freezer. */
@org.jspecify.annotations.NullMarked
package org.stasis.cgroup;
