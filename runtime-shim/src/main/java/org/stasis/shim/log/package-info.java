/**
 * Logs of sessions: what every room says through SLF4J goes to the log of the session whose thread
 * says it, in the form that readers of CRIU's logs know. Messages of no session go to standard
 * error.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.shim.log;
