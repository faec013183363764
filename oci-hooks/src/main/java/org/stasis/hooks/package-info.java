/**
 * OCI hooks: what {@code stasis hook STAGE} does, which the entries in {@code hooks.d} have a
 * runtime call. At createRuntime a container's surroundings are recorded in {@code
 * /run/stasis/containers/ID.json}; from poststart to poststop the resident engine takes the
 * checkpoints that the container's annotations ask for. The page is {@code docs/oci-hooks.md}.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.hooks;
