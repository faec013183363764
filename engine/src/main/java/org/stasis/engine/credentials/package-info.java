/**
 * Ids, groups, capabilities, securebits and no_new_privs of a thread, both directions:
 * credentials(7), capabilities(7).
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.credentials;
