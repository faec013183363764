/**
 * From images to a running tree: the plan, its execution, the release. The rooms of the kernel
 * objects plan; here lives the order of things.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.rebuild;
