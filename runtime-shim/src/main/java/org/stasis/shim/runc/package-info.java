/**
 * The {@code stasis-runc} command: an OCI runtime that checkpoints and restores by itself. Nothing
 * of it is carried yet: it refuses, in the words and the form of runc.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.shim.runc;
