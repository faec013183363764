/**
 * The process around the engine: the one session of a private engine, or the many of a resident
 * one; who is served, when it ends. Here lives what must know how a launcher comes to its engine.
 * Elsewhere: what launcher and engine say to each other ({@code org.stasis.engine.launcher}), what
 * a command line means (the doors).
 */
@org.jspecify.annotations.NullMarked
package org.stasis.shim.engine;
