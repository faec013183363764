/**
 * Open files that cannot be carried: each is an obstacle with its name, never left out in silence.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.unsupported;
