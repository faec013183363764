package org.stasis.engine.rebuild;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.stasis.engine.options.InheritFd;
import org.stasis.engine.spi.EngineFile;
import org.stasis.engine.spi.RebuildContext.Holder;
import org.stasis.images.proto.FdinfoEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;

/**
 * Which descriptor has which number while a tree is rebuilt. Final numbers are those of the images;
 * temporary ones begin above all of them, the same in every task: what the caller passes on, what
 * the engine provides, and every file from when it is made until it is in place. With thousands of
 * descriptors that would be more than may be open, so a file of one task alone is made where it
 * stays, if that is not among the lowest numbers: those are what calls answer until then.
 */
final class DescriptorNumbers {
  /** Whoever makes a small cluster of files has fewer descriptors open before they are moved. */
  private static final int FOR_ANSWERS = 256;

  private final int base;
  private final Map<String, Integer> inherited = new LinkedHashMap<>();
  private final Map<Integer, Integer> inheritedFrom = new LinkedHashMap<>();
  private final Map<Integer, Integer> temporary = new HashMap<>();
  private final Map<Integer, List<Holder>> holders = new HashMap<>();
  private final List<Provided> provided = new ArrayList<>();
  private int next;

  /**
   * A file that the engine opens and the root agent keeps.
   *
   * @param file opens it
   * @param number in every task
   */
  record Provided(EngineFile file, int number) {}

  DescriptorNumbers(Collection<TaskImages> tasks, List<InheritFd> passedOn) {
    int highest = 2;
    for (TaskImages task : tasks) {
      for (FdinfoEntry fd : task.descriptors()) {
        highest = Math.max(highest, fd.getFd());
        holders
            .computeIfAbsent(fd.getId(), _ -> new ArrayList<>())
            .add(new Holder(task.pid(), fd.getFd()));
      }
    }
    for (InheritFd fd : passedOn) {
      highest = Math.max(highest, fd.fd());
    }
    base = highest + 1;
    next = base;
    for (InheritFd fd : passedOn) {
      int number = inheritedFrom.computeIfAbsent(fd.fd(), _ -> next++);
      inherited.putIfAbsent(fd.key(), number);
    }
  }

  /** The first temporary number. */
  int base() {
    return base;
  }

  /** The number after the last temporary one. */
  int end() {
    return next;
  }

  /** From the root agent's numbers to the temporary ones. */
  Map<Integer, Integer> inheritedFrom() {
    return inheritedFrom;
  }

  List<Provided> provided() {
    return provided;
  }

  int provide(EngineFile file) {
    for (Provided known : provided) {
      if (known.file().equals(file)) {
        return known.number();
      }
    }
    provided.add(new Provided(file, next));
    return next++;
  }

  /** A number that is the root agent's to give away, where it has nothing of its own. */
  int inRootAgent() {
    // something to be replaced
    provided.add(new Provided(() -> Fd.open("/", Open.O_PATH | Open.O_CLOEXEC), next));
    return next++;
  }

  int temporary(int id) {
    return temporary.computeIfAbsent(id, _ -> next++);
  }

  /**
   * Has a file made where it stays, unless somebody knows it by a temporary number already.
   *
   * @param id its id
   * @param task makes it, and is the only one to have it
   */
  void placeAtOnce(int id, int task) {
    for (Holder holder : holders(id)) {
      if (holder.task() == task && holder.number() >= FOR_ANSWERS) {
        temporary.putIfAbsent(id, holder.number());
        return;
      }
    }
  }

  int spare() {
    return next++;
  }

  OptionalInt inherited(String key) {
    Integer number = inherited.get(key);
    return number == null ? OptionalInt.empty() : OptionalInt.of(number);
  }

  List<Holder> holders(int id) {
    return holders.getOrDefault(id, List.of());
  }
}
