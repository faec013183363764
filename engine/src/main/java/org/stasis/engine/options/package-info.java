/**
 * What an engine is told: immutable, typed, with CRIU's defaults. Paths are given so that this
 * process can open them; whoever speaks for a caller elsewhere resolves them first. What only the
 * speaker can do (log files, pid files, printing statistics, waiting for the tree, executing a
 * command afterwards) is not here.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.options;
