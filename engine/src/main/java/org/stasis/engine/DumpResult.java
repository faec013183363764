package org.stasis.engine;

import org.stasis.images.proto.DumpStatsEntry;

/**
 * What a dump did.
 *
 * @param tasks how many tasks were dumped
 * @param statistics what stats-dump holds, times in microseconds, counts in pages
 */
public record DumpResult(int tasks, DumpStatsEntry statistics) {}
