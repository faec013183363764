package org.stasis.engine.rebuild;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.spi.EngineAction;
import org.stasis.engine.spi.Stage;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;

/**
 * A finished plan of a rebuild.
 *
 * @param plan the programs and their data
 * @param rootAgent the launcher's program
 * @param rootPid its result that is the root task's pid, where the launcher sees it; null when the
 *     root agent becomes the root task itself
 * @param area where the agent sits
 * @param tasks every task, by pid, parents before children
 * @param leaders the program of each living task, by pid
 * @param threads the program of each thread that is no leader, by tid
 * @param barriers where tasks wait for the engine, in order
 * @param provided files that the engine opens for the tasks
 * @param passedOn descriptors of the launcher that the tasks get, by their numbers there: the
 *     numbers they have until descriptors are in place
 * @param pages how many pages the tasks get from the images
 */
public record Rebuild(
    Plan plan,
    Program rootAgent,
    @Nullable Argument rootPid,
    AgentArea area,
    Map<Integer, TaskImages> tasks,
    Map<Integer, Program> leaders,
    Map<Integer, Program> threads,
    List<Barrier> barriers,
    List<DescriptorNumbers.Provided> provided,
    Map<Integer, Integer> passedOn,
    long pages) {
  /**
   * A point where everybody waits for the engine.
   *
   * @param stage what comes after it
   * @param word offset of the word that counts who has arrived
   * @param participants how many must arrive
   * @param actions what the engine does meanwhile
   */
  public record Barrier(Stage stage, long word, int participants, List<EngineAction> actions) {}
}
