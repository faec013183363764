/**
 * Working inside the namespaces of others, for every kind that has to. A thread that has entered a
 * namespace never serves another purpose; see {@link org.stasis.engine.ns.NamespaceThread}.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.ns;
