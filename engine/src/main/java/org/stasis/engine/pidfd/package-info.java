/**
 * Pidfds, both directions: of processes of the tree, of their threads, and of ones that have ended.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.pidfd;
