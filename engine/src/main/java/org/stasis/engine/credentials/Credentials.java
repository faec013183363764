package org.stasis.engine.credentials;

import java.util.List;
import org.stasis.engine.StasisException;
import org.stasis.engine.capture.Harvest;
import org.stasis.images.proto.CredsEntry;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;

/**
 * The credentials of a thread. Ids, groups and capability sets are read from {@code
 * /proc/PID/status}; securebits only the thread itself is told.
 */
public final class Credentials {
  private static final int PR_GET_SECUREBITS = 27;
  private static final int PR_SET_SECUREBITS = 28;
  private static final int PR_CAPBSET_DROP = 24;
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int PR_CAP_AMBIENT = 47;
  private static final int PR_CAP_AMBIENT_RAISE = 2;
  private static final int PR_CAP_AMBIENT_CLEAR_ALL = 4;
  private static final int SECBIT_NO_SETUID_FIXUP = 4;
  private static final int CAPABILITY_VERSION_3 = 0x20080522;
  private static final int EINVAL = 22;
  private static final int CAPABILITIES = 64;

  private Credentials() {}

  /**
   * Asks for securebits, inside the thread.
   *
   * @param in the thread's program
   * @param creds takes them
   */
  public static void harvest(Harvest in, CredsEntry.Builder creds) {
    Argument bits = in.call(SyscallNumber.PRCTL, Argument.of(PR_GET_SECUREBITS));
    in.then(answers -> creds.setSecbits((int) answers.of(bits)));
  }

  /**
   * Splits a capability set for the image.
   *
   * @param set one bit for each capability
   * @return two words, low word first
   */
  public static List<Integer> words(long set) {
    return List.of((int) set, (int) (set >>> 32));
  }

  private static long set(List<Integer> words) {
    long set = 0;
    for (int i = 0; i < words.size() && i < 2; i++) {
      set |= (words.get(i) & 0xffffffffL) << (32 * i);
    }
    return set;
  }

  /**
   * Plans a thread's credentials. Comes after everything that needs privileges: from here on the
   * thread may only lose.
   *
   * @param creds the credentials
   * @param plan takes the data
   * @param program the thread's
   * @throws StasisException when the image holds what this kernel has no way to set
   */
  public static void plan(CredsEntry creds, Plan plan, Program program) throws StasisException {
    // without the fixup, changing ids leaves the capability sets alone
    program.why("keeping capabilities while ids change");
    prctl(program, PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP);
    planIds(creds, plan, program);
    planCapabilities(creds, plan, program);
    if (creds.getNoNewPrivs() != 0) {
      program.why("setting no_new_privs");
      prctl(program, PR_SET_NO_NEW_PRIVS, 1);
    }
  }

  private static void planIds(CredsEntry creds, Plan plan, Program program) {
    program.why("setting supplementary groups");
    int[] groups = new int[creds.getGroupsCount()];
    for (int i = 0; i < groups.length; i++) {
      groups[i] = creds.getGroups(i);
    }
    program.call(SyscallNumber.SETGROUPS, Argument.of(groups.length), plan.ints(groups));
    program.why("setting group ids");
    program.call(
        SyscallNumber.SETRESGID, id(creds.getGid()), id(creds.getEgid()), id(creds.getSgid()));
    // returns the id before it, never an error
    program.call(SyscallNumber.SETFSGID, id(creds.getFsgid()));
    program.call(Expect.equal(creds.getFsgid() & 0xffffffffL), SyscallNumber.SETFSGID, id(-1));
    program.why("setting user ids");
    program.call(
        SyscallNumber.SETRESUID, id(creds.getUid()), id(creds.getEuid()), id(creds.getSuid()));
    program.call(SyscallNumber.SETFSUID, id(creds.getFsuid()));
    program.call(Expect.equal(creds.getFsuid() & 0xffffffffL), SyscallNumber.SETFSUID, id(-1));
  }

  private static Argument id(int id) {
    return Argument.of(id & 0xffffffffL);
  }

  private static void planCapabilities(CredsEntry creds, Plan plan, Program program) {
    long inheritable = set(creds.getCapInhList());
    long permitted = set(creds.getCapPrmList());
    long effective = set(creds.getCapEffList());
    long bounding = set(creds.getCapBndList());
    long ambient = set(creds.getCapAmbList());
    program.why("dropping capabilities from the bounding set");
    for (int capability = 0; capability < CAPABILITIES; capability++) {
      if ((bounding & 1L << capability) == 0) {
        // EINVAL: this kernel does not know the capability, so nobody has it
        program.call(
            Expect.successOr(EINVAL),
            SyscallNumber.PRCTL,
            Argument.of(PR_CAPBSET_DROP),
            Argument.of(capability));
      }
    }
    program.why("setting inheritable capabilities");
    // Everything permitted stays effective until the securebits are set, which needs SETPCAP.
    capset(permitted | 1L << 8, permitted | 1L << 8, inheritable, plan, program);
    program.why("setting ambient capabilities");
    program.call(
        Expect.successOr(EINVAL),
        SyscallNumber.PRCTL,
        Argument.of(PR_CAP_AMBIENT),
        Argument.of(PR_CAP_AMBIENT_CLEAR_ALL));
    for (int capability = 0; capability < CAPABILITIES; capability++) {
      if ((ambient & 1L << capability) != 0) {
        program.call(
            SyscallNumber.PRCTL,
            Argument.of(PR_CAP_AMBIENT),
            Argument.of(PR_CAP_AMBIENT_RAISE),
            Argument.of(capability));
      }
    }
    program.why("setting securebits");
    prctl(program, PR_SET_SECUREBITS, creds.getSecbits());
    program.why(
        "setting capabilities",
        "The restoring side lacks one of them; restore with the privileges of the dump.");
    capset(effective, permitted, inheritable, plan, program);
  }

  private static void capset(
      long effective, long permitted, long inheritable, Plan plan, Program program) {
    program.call(
        SyscallNumber.CAPSET,
        plan.ints(CAPABILITY_VERSION_3, 0),
        plan.ints(
            (int) effective,
            (int) permitted,
            (int) inheritable,
            (int) (effective >>> 32),
            (int) (permitted >>> 32),
            (int) (inheritable >>> 32)));
  }

  private static void prctl(Program program, int option, int value) {
    program.call(SyscallNumber.PRCTL, option, value & 0xffffffffL, 0, 0, 0);
  }
}
