package org.stasis.engine.rebuild;

import java.util.List;
import org.stasis.engine.memory.VdsoLayout;

/**
 * What a plan must know of the process in whose place a tree is made.
 *
 * @param mappings start and end of each of its mappings
 * @param vdso how this kernel lays out its vDSO
 */
public record RootAgentLayout(List<long[]> mappings, VdsoLayout vdso) {}
