package org.stasis.engine;

import org.stasis.engine.options.CheckOptions;
import org.stasis.engine.options.DumpOptions;
import org.stasis.engine.options.RestoreOptions;

/**
 * What every door calls, and what other Java programs embed: dump, restore, check.
 *
 * <p>An engine is stateless between calls and may serve several at once; each call runs on the
 * platform thread that makes it, since ptrace(2) belongs to a thread.
 */
public interface CheckpointEngine {
  /**
   * Writes a process tree as images, then kills it, lets it run on or leaves it stopped.
   *
   * @param options what to dump and how
   * @param actions told of each stage; may refuse some of them
   * @return what was done
   * @throws ObstaclesException when something cannot be carried; nothing was written, the tree runs
   *     on
   * @throws StasisException when the dump failed; the tree runs on
   */
  DumpResult dump(DumpOptions options, ActionListener actions) throws StasisException;

  /**
   * Writes the memory of a process tree while it runs on.
   *
   * @param options what to dump and how
   * @param actions told of each stage; may refuse some of them
   * @return what was done
   * @throws StasisException when it failed; the tree runs on
   */
  DumpResult preDump(DumpOptions options, ActionListener actions) throws StasisException;

  /**
   * Makes a process tree from images.
   *
   * @param options what to restore and how
   * @param root the process in whose place the tree is made
   * @param actions told of each stage; may refuse some of them
   * @return the restored tree, running
   * @throws StasisException when it failed; nothing of the tree is left
   */
  RestoreResult restore(RestoreOptions options, RootAgent root, ActionListener actions)
      throws StasisException;

  /**
   * Tells what this machine and kernel allow.
   *
   * @param options which features are asked for
   * @return each feature asked for, with the reason for every one that is missing
   */
  CheckResult check(CheckOptions options);
}
