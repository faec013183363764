/**
 * The launcher as the engine sees it: the process that a caller started as {@code criu}, {@code
 * stasis} or {@code stasis-runc}, which then serves as root agent. Here live what the two say to
 * each other ({@code launcher.h}), the root agent over that socket, and the way for any Java
 * program to start one of its own ({@link org.stasis.engine.launcher.EmbeddedRootAgent}).
 * Elsewhere: which sessions a resident engine has and what a command line means ({@code
 * org.stasis.shim}).
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.launcher;
