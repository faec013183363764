/**
 * Mappings and their pages, both directions: {@code /proc/PID/smaps}, PAGEMAP_SCAN of {@code
 * Documentation/admin-guide/mm/pagemap.rst}, process_vm_readv(2), mmap(2), prctl(2) PR_SET_MM.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.memory;
