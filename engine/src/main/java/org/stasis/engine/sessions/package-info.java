/**
 * Sessions and process groups, also those whose leader has ended: from what tasks belong to, who
 * must be born of whom, and when.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.sessions;
