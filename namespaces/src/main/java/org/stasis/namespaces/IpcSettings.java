package org.stasis.namespaces;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.images.proto.IpcVarEntry;
import org.stasis.linux.SyscallException;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;

/** The settings of an IPC namespace: limits of System V IPC and of POSIX message queues. */
final class IpcSettings {
  private static final Sysctl SEM = new Sysctl("kernel/sem");
  private static final Sysctl MSGMAX = new Sysctl("kernel/msgmax");
  private static final Sysctl MSGMNB = new Sysctl("kernel/msgmnb");
  private static final Sysctl MSGMNI = new Sysctl("kernel/msgmni");
  private static final Sysctl AUTO_MSGMNI = new Sysctl("kernel/auto_msgmni");
  private static final Sysctl SHMMAX = new Sysctl("kernel/shmmax");
  private static final Sysctl SHMALL = new Sysctl("kernel/shmall");
  private static final Sysctl SHMMNI = new Sysctl("kernel/shmmni");
  private static final Sysctl SHM_RMID_FORCED = new Sysctl("kernel/shm_rmid_forced");
  private static final Sysctl QUEUES_MAX = new Sysctl("fs/mqueue/queues_max");
  private static final Sysctl MSG_MAX = new Sysctl("fs/mqueue/msg_max");
  private static final Sysctl MSGSIZE_MAX = new Sysctl("fs/mqueue/msgsize_max");
  private static final Sysctl MSG_DEFAULT = new Sysctl("fs/mqueue/msg_default");
  private static final Sysctl MSGSIZE_DEFAULT = new Sysctl("fs/mqueue/msgsize_default");

  /** The id that the next object of a kind shall get, where the kernel supports restoring. */
  static final Sysctl MSG_NEXT_ID = new Sysctl("kernel/msg_next_id");

  static final Sysctl SEM_NEXT_ID = new Sysctl("kernel/sem_next_id");
  static final Sysctl SHM_NEXT_ID = new Sysctl("kernel/shm_next_id");

  private IpcSettings() {}

  /** Reads them; in a thread inside. */
  static IpcVarEntry capture() throws SyscallException {
    IpcVarEntry.Builder entry =
        IpcVarEntry.newBuilder()
            .setMsgCtlmax((int) number(MSGMAX))
            .setMsgCtlmnb((int) number(MSGMNB))
            .setMsgCtlmni((int) number(MSGMNI))
            .setAutoMsgmni((int) number(AUTO_MSGMNI))
            .setShmCtlmax(number(SHMMAX))
            .setShmCtlall(number(SHMALL))
            .setShmCtlmni((int) number(SHMMNI))
            .setShmRmidForced((int) number(SHM_RMID_FORCED))
            .setMqQueuesMax((int) number(QUEUES_MAX))
            .setMqMsgMax((int) number(MSG_MAX))
            .setMqMsgsizeMax((int) number(MSGSIZE_MAX))
            .setMqMsgDefault((int) number(MSG_DEFAULT))
            .setMqMsgsizeDefault((int) number(MSGSIZE_DEFAULT));
    String semaphores = SEM.read();
    for (String word : words(semaphores == null ? "0 0 0 0" : semaphores)) {
      entry.addSemCtls(Integer.parseUnsignedInt(word));
    }
    long next = next(MSG_NEXT_ID);
    if (next >= 0) {
      entry.setMsgNextId((int) next);
    }
    next = next(SEM_NEXT_ID);
    if (next >= 0) {
      entry.setSemNextId((int) next);
    }
    next = next(SHM_NEXT_ID);
    if (next >= 0) {
      entry.setShmNextId((int) next);
    }
    return entry.build();
  }

  private static long number(Sysctl setting) throws SyscallException {
    String text = setting.read();
    return text == null ? 0 : Long.parseUnsignedLong(text);
  }

  private static long next(Sysctl setting) throws SyscallException {
    String text = setting.read();
    return text == null ? -1 : Long.parseLong(text);
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= text.length(); i++) {
      if (i == text.length() || text.charAt(i) == '\t' || text.charAt(i) == ' ') {
        if (i > start) {
          words.add(text.substring(start, i));
        }
        start = i + 1;
      }
    }
    return words;
  }

  /**
   * Appends the writing of them, but for the next ids: those come when the objects are there.
   *
   * @param weak whether settings that this kernel refuses are left as they are
   */
  static void plan(Program program, Plan plan, IpcVarEntry entry, boolean weak) {
    StringBuilder semaphores = new StringBuilder();
    for (int each : entry.getSemCtlsList()) {
      semaphores.append(semaphores.isEmpty() ? "" : "\t").append(Integer.toUnsignedString(each));
    }
    write(program, plan, SEM, semaphores.toString(), weak);
    write(program, plan, MSGMAX, entry.getMsgCtlmax(), weak);
    write(program, plan, MSGMNB, entry.getMsgCtlmnb(), weak);
    write(program, plan, MSGMNI, entry.getMsgCtlmni(), weak);
    write(program, plan, SHMMAX, Long.toUnsignedString(entry.getShmCtlmax()), weak);
    write(program, plan, SHMALL, Long.toUnsignedString(entry.getShmCtlall()), weak);
    write(program, plan, SHMMNI, entry.getShmCtlmni(), weak);
    write(program, plan, SHM_RMID_FORCED, entry.getShmRmidForced(), weak);
    write(program, plan, QUEUES_MAX, entry.getMqQueuesMax(), weak);
    write(program, plan, MSG_MAX, entry.getMqMsgMax(), weak);
    write(program, plan, MSGSIZE_MAX, entry.getMqMsgsizeMax(), weak);
    if (entry.hasMqMsgDefault()) {
      write(program, plan, MSG_DEFAULT, entry.getMqMsgDefault(), weak);
    }
    if (entry.hasMqMsgsizeDefault()) {
      write(program, plan, MSGSIZE_DEFAULT, entry.getMqMsgsizeDefault(), weak);
    }
  }

  private static void write(Program program, Plan plan, Sysctl setting, int value, boolean weak) {
    write(program, plan, setting, Integer.toUnsignedString(value), weak);
  }

  private static void write(
      Program program, Plan plan, Sysctl setting, @Nullable String value, boolean weak) {
    if (value != null && !value.isEmpty()) {
      setting.plan(program, plan, value, weak);
    }
  }
}
