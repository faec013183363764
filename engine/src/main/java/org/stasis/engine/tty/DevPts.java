package org.stasis.engine.tty;

import java.util.Arrays;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.linux.Errno;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.Verb;

/**
 * Plans the opening of a master so that its terminal has a certain number. The kernel gives the
 * lowest free one, so masters are opened until the wanted name appears, and the others closed.
 */
final class DevPts {
  private static final int NO_DESCRIPTOR = Integer.MAX_VALUE;

  private final String directory;
  private final String multiplexer;
  private final int index;
  private final FilePlanner planner;
  private final Program program;

  /**
   * Prepares.
   *
   * @param name of either end as in the images: a master's or a slave's
   * @param index the number wanted
   * @param planner of the cluster
   */
  DevPts(String name, int index, FilePlanner planner) {
    int slash = name.lastIndexOf('/');
    String parent = name.substring(0, Math.max(slash, 0));
    String last = name.substring(slash + 1);
    boolean inside = last.equals(Integer.toString(index)) || parent.endsWith("/pts");
    this.directory = inside ? parent : "/dev/pts";
    this.multiplexer = last.equals("ptmx") ? name : directory + "/ptmx";
    this.index = index;
    this.planner = planner;
    this.program = planner.program();
  }

  private Argument open() {
    return program.call(
        SyscallNumber.OPENAT,
        Argument.of(Open.AT_FDCWD),
        planner.plan().text(multiplexer),
        Argument.of(Open.O_RDWR | Open.O_NOCTTY));
  }

  private Argument exists(Expect expect) {
    return program.call(
        expect, SyscallNumber.ACCESS, planner.plan().text(directory + "/" + index), Argument.ZERO);
  }

  /** Appends the opening of a master with that number and no other. */
  Argument openExactly() {
    String doing = program.why().doing();
    program.why(doing, "Another process has terminal " + index + " open; it must be closed.");
    exists(Expect.equal(-Errno.ENOENT.number()));
    program.why(doing);
    Argument found = planner.plan().ints(NO_DESCRIPTOR);
    appendSearch(found);
    return Argument.word(found.value());
  }

  /** Appends the opening of a master with that number, or with any if that is taken. */
  Argument openIfFree() {
    Argument found = planner.plan().ints(NO_DESCRIPTOR);
    Argument taken = exists(Expect.ANY);
    Program search = Program.fragment(program.why());
    new DevPts(this, search).appendSearch(found);
    skip(taken, search.operations().size() + 1); // over the search and the skip behind it
    program.append(search);
    skip(Argument.ZERO, 2);
    store(found, open());
    return Argument.word(found.value());
  }

  private DevPts(DevPts other, Program program) {
    this.directory = other.directory;
    this.multiplexer = other.multiplexer;
    this.index = other.index;
    this.planner = other.planner;
    this.program = program;
  }

  private void appendSearch(Argument found) {
    int[] none = new int[index];
    Arrays.fill(none, NO_DESCRIPTOR);
    Argument others = planner.plan().ints(none);
    for (int i = 0; i <= index; i++) {
      store(found, open());
      Argument missing = exists(Expect.ANY);
      // what follows: for each further try a store, an open, a store, a look and a skip; a failure
      skip(missing, 5 * (index - i) + 1);
      if (i < index) {
        store(
            Argument.channel(others.value() + (long) i * Integer.BYTES),
            Argument.word(found.value()));
      }
    }
    program.add(Verb.FAIL, Expect.ANY, Argument.of(-Errno.EBUSY.number()));
    for (int i = 0; i < index; i++) {
      program.call(
          Expect.ANY,
          SyscallNumber.CLOSE,
          Argument.word(others.value() + (long) i * Integer.BYTES));
    }
  }

  private void store(Argument where, Argument what) {
    program.add(Verb.STORE32, Expect.ANY, where, what);
  }

  private void skip(Argument unlessZero, int operations) {
    program.add(Verb.SKIP, Expect.ANY, unlessZero, Argument.of(operations));
  }
}
