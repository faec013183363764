package org.stasis.engine;

import org.stasis.images.proto.RestoreStatsEntry;

/**
 * What a restore did.
 *
 * @param rootPid the root task, in the engine's pid namespace
 * @param statistics what stats-restore holds, times in microseconds, counts in pages
 */
public record RestoreResult(int rootPid, RestoreStatsEntry statistics) {}
