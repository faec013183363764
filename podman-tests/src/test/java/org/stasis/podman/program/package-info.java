/** Programs that run inside containers, to be checkpointed. */
@org.jspecify.annotations.NullMarked
package org.stasis.podman.program;
