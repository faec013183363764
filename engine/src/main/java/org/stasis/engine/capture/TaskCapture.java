package org.stasis.engine.capture;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.Obstacle;
import org.stasis.engine.StasisException;
import org.stasis.engine.limits.AllowedProcessors;
import org.stasis.engine.limits.ProcessRatings;
import org.stasis.engine.memory.MemoryLocks;
import org.stasis.engine.memory.MemoryRules;
import org.stasis.engine.memory.PageRanges;
import org.stasis.engine.memory.VmaCapture;
import org.stasis.engine.ns.UserIds;
import org.stasis.engine.seccomp.SeccompCapture;
import org.stasis.engine.sessions.Member;
import org.stasis.engine.sessions.SessionSurvey;
import org.stasis.engine.signals.SignalActions;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.Namespaces;
import org.stasis.engine.timers.IntervalTimers;
import org.stasis.engine.timers.PosixTimers;
import org.stasis.engine.x86.ExtendedState;
import org.stasis.engine.x86.Registers;
import org.stasis.engine.x86.XsaveLayout;
import org.stasis.images.proto.CoreEntry;
import org.stasis.images.proto.FsEntry;
import org.stasis.images.proto.MmEntry;
import org.stasis.images.proto.PosixTimerEntry;
import org.stasis.images.proto.PstreeEntry;
import org.stasis.images.proto.RlimitEntry;
import org.stasis.images.proto.TaskCoreEntry;
import org.stasis.images.proto.TaskRlimitsEntry;
import org.stasis.images.proto.TaskTimersEntry;
import org.stasis.images.proto.VmaEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.Open;
import org.stasis.linux.Ptrace;
import org.stasis.linux.ResourceLimit;
import org.stasis.linux.SigInfo;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.SyscallUserDispatch;
import org.stasis.linux.agent.AgentBlob;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Liveness;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.Provenance;
import org.stasis.linux.proc.MapEntry;
import org.stasis.linux.proc.Pagemap;
import org.stasis.linux.proc.PosixTimer;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;
import org.stasis.linux.proc.SmapEntry;
import org.stasis.linux.proc.TaskStat;

/** One task on its way into its images, apart from files and pages. */
final class TaskCapture {
  private static final int ALIVE = 1;
  private static final int DEAD = 2;
  private static final int STOPPED = 3;
  private static final int PR_GET_DUMPABLE = 3;
  private static final int PR_GET_CHILD_SUBREAPER = 37;
  private static final int MEMBARRIER_CMD_GET_REGISTRATIONS = 1 << 9;
  private static final int SIGEV_THREAD_ID = 4;
  private static final int UNSET_LOGINUID = -1;

  /** What an image may hold; the end of the vector goes without saying. */
  private static final int AUXV_WORDS = 44;

  private final CaptureContext context;
  private final SeizedTask task;
  private final List<ThreadCapture> threads = new ArrayList<>();
  private final TaskCoreEntry.Builder core = TaskCoreEntry.newBuilder();
  private final TaskTimersEntry.Builder timers = TaskTimersEntry.newBuilder();
  private final MmEntry.Builder mm = MmEntry.newBuilder();
  private final FsEntry.Builder fs = FsEntry.newBuilder();
  private List<VmaEntry> vmas = List.of();
  private @Nullable PageRanges pages;
  private List<SigInfo> pending = List.of();
  private long brk;
  private @Nullable DescriptorTable descriptors;

  TaskCapture(CaptureContext context, SeizedTask task) {
    this.context = context;
    this.task = task;
    for (SeizedThread thread : task.threads()) {
      threads.add(new ThreadCapture(task, thread));
    }
  }

  SeizedTask task() {
    return task;
  }

  List<ThreadCapture> threads() {
    return threads;
  }

  /** Has it asked about descriptors too. */
  void asks(DescriptorTable table) {
    descriptors = table;
  }

  /** What is seen from outside; reports what cannot be carried. */
  void survey(ProcFs proc, XsaveLayout xsave, SeccompCapture seccomp, AllowedProcessors processors)
      throws StasisException {
    try {
      surveyTask();
      if (!task.isZombie()) {
        surveyThreads(proc, xsave, seccomp, processors);
        surveyLiving();
      }
    } catch (SyscallException e) {
      throw new StasisException(task.describe(), "surveying it", "", e);
    }
  }

  private void surveyTask() throws SyscallException {
    TaskStat stat = task.stat();
    core.setComm(stat.comm())
        .setFlags(stat.flags())
        .setBlkSigset(task.isZombie() ? 0 : task.threads().getFirst().signalMask())
        .setPersonality(0)
        .setExitCode(stat.exitCode())
        .setTaskState(task.isZombie() ? DEAD : task.stopSignal() != 0 ? STOPPED : ALIVE);
    if (task.stopSignal() != 0) {
      core.setStopSigno(task.stopSignal());
    }
  }

  private void surveyThreads(
      ProcFs proc, XsaveLayout xsave, SeccompCapture seccomp, AllowedProcessors processors)
      throws SyscallException {
    List<SeccompCapture.Confined> confined = new ArrayList<>();
    for (ThreadCapture thread : threads) {
      int tid = thread.thread().tid();
      if (Registers.isCompat(thread.thread().regs())) {
        obstacle("thread " + thread.thread().nsTid(), "32-bit code is not carried yet", "");
      }
      long uncarried = ExtendedState.uncarried(thread.thread().xstate());
      if (uncarried != 0) {
        obstacle(
            "thread " + thread.thread().nsTid(),
            "extended registers 0x"
                + Long.toHexString(uncarried)
                + " in use have no place in the image",
            "");
      }
      if (dispatchesCalls(tid)) {
        obstacle(
            "PR_SET_SYSCALL_USER_DISPATCH",
            "it is on in thread " + thread.thread().nsTid() + ", where our calls would go astray",
            "Dump when it has turned that off.");
      }
      try (ProcTask entry = proc.thread(task.pid(), tid)) {
        thread.survey(entry, xsave, userIds());
        processors.capture(tid, thread.core());
        confined.add(new SeccompCapture.Confined(tid, entry.status().seccomp(), thread.core()));
      }
    }
    if (seccomp.capture(confined)) {
      obstacle(
          "seccomp",
          "a filter of it asks a listener (SECCOMP_RET_USER_NOTIF), who would be lost",
          "Run it without a filter that notifies.");
    }
  }

  private static boolean dispatchesCalls(int tid) throws SyscallException {
    try {
      return SyscallUserDispatch.of(tid).mode() != 0;
    } catch (SyscallException e) {
      if (e.is(Errno.EIO)) {
        return false; // before Linux 6.4 there is no way to know
      }
      throw e;
    }
  }

  private UserIds userIds() {
    return context.kind(Namespaces.class).map(Namespaces::userIds).orElse(UserIds.SAME);
  }

  private void obstacle(String object, String reason, String remedy) {
    context.obstacle(new Obstacle(task.describe(), object, reason, remedy));
  }

  private void surveyLiving() throws SyscallException, StasisException {
    ProcTask proc = task.proc();
    // images hold the hexadecimal text read as a decimal number
    core.setPersonality(Integer.parseInt(Integer.toHexString(proc.personality())));
    pending = Ptrace.peekSigInfo(task.threads().getFirst().tid(), true);
    core.setSignalsS(ThreadCapture.queue(pending));
    TaskRlimitsEntry.Builder limits = TaskRlimitsEntry.newBuilder();
    for (ResourceLimit limit : proc.limits()) {
      limits.addRlimits(RlimitEntry.newBuilder().setCur(limit.soft()).setMax(limit.hard()));
    }
    core.setRlimits(limits);
    Integer login = proc.loginUid();
    if (login != null && login != UNSET_LOGINUID) {
      core.setLoginuid(userIds().user(login));
    }
    ProcessRatings.capture(proc, task.status().nsSid().getLast() == task.nsPid(), core, mm);
    fs.setCwdId(context.fileId(task, "cwd", Open.O_PATH))
        .setRootId(context.fileId(task, "root", Open.O_PATH))
        .setUmask(task.status().umask());
    surveyMemory();
  }

  private void surveyMemory() throws SyscallException, StasisException {
    TaskStat stat = task.stat();
    mm.setMmStartCode(stat.startcode())
        .setMmEndCode(stat.endcode())
        .setMmStartData(stat.startData())
        .setMmEndData(stat.endData())
        .setMmStartStack(stat.startstack())
        .setMmStartBrk(stat.startBrk())
        .setMmArgStart(stat.argStart())
        .setMmArgEnd(stat.argEnd())
        .setMmEnvStart(stat.envStart())
        .setMmEnvEnd(stat.envEnd())
        .setExeFileId(context.fileId(task, "exe", 0));
    long[] auxv = task.proc().auxv();
    for (int i = 0; i < Math.min(auxv.length, AUXV_WORDS); i++) {
      mm.addMmSavedAuxv(auxv[i]);
    }
  }

  /** Where a stub can be placed before anything of ours is mapped. */
  private StubPlace place(AgentBlob blob) throws SyscallException, StasisException {
    List<MapEntry> maps = new ArrayList<>();
    for (SmapEntry entry : task.smaps()) {
      maps.add(entry.map());
    }
    StubPlace place = StubPlace.find(task.memory(), maps, blob, task.threads());
    if (place == null) {
      throw new StasisException(
          task.describe(),
          "placing the agent",
          "no executable mapping has room for it",
          0,
          "",
          null);
    }
    return place;
  }

  /** What only the task itself is told. */
  void harvest(AgentBlob blob, Liveness liveness, Tracer tracer) throws StasisException {
    Plan plan = new Plan();
    List<Harvest> harvests = new ArrayList<>();
    List<Program> programs = new ArrayList<>();
    try {
      for (ThreadCapture thread : threads) {
        Program program = plan.program(new Provenance(task.describe(), "asking it", ""));
        Harvest in = new Harvest(plan, program);
        if (harvests.isEmpty()) {
          harvestProcess(in);
        }
        thread.harvest(in);
        harvests.add(in);
        programs.add(program);
      }
      new Parasite(task.pid(), task.threads(), place(blob), blob, liveness, tracer)
          .run(
              plan,
              programs,
              (channel, laidOut) -> {
                for (Harvest in : harvests) {
                  in.read(channel, laidOut);
                }
              });
    } catch (SyscallException e) {
      throw new StasisException(task.describe(), "asking it about itself", "", e);
    }
  }

  private void harvestProcess(Harvest in) throws SyscallException {
    SignalActions.harvest(in, core);
    IntervalTimers.harvest(in, timers);
    List<PosixTimerEntry.Builder> known = new ArrayList<>();
    for (PosixTimer timer : task.proc().timers()) {
      known.add(describe(timer));
    }
    PosixTimers.harvest(known, in, timers);
    Argument dumpable = in.call(SyscallNumber.PRCTL, Argument.of(PR_GET_DUMPABLE));
    long reaper = in.room(4);
    in.call(SyscallNumber.PRCTL, Argument.of(PR_GET_CHILD_SUBREAPER), Argument.channel(reaper));
    Argument barriers =
        in.call(SyscallNumber.MEMBARRIER, Argument.of(MEMBARRIER_CMD_GET_REGISTRATIONS));
    Argument end = in.call(SyscallNumber.BRK, Argument.ZERO);
    if (descriptors != null) {
      descriptors.harvest(in);
    }
    MemoryLocks.harvest(in, mm);
    MemoryRules.harvest(in, mm);
    in.then(
        answers -> {
          mm.setDumpable((int) answers.of(dumpable));
          if (answers.memory().get(java.lang.foreign.ValueLayout.JAVA_INT, reaper) != 0) {
            core.setChildSubreaper(true);
          }
          if (answers.of(barriers) > 0) {
            core.setMembarrierRegistrationMask((int) answers.of(barriers));
          }
          brk = answers.of(end);
          mm.setMmBrk(brk);
        });
  }

  private PosixTimerEntry.Builder describe(PosixTimer timer) {
    int notify =
        switch (timer.notification()) {
          case "none" -> 1;
          case "thread" -> 2;
          default -> 0;
        };
    PosixTimerEntry.Builder entry =
        PosixTimerEntry.newBuilder()
            .setItId(timer.id())
            .setClockId(timer.clockId())
            .setSiSigno(timer.signal())
            .setSivalPtr(timer.value())
            .setItSigevNotify(timer.thread() ? notify | SIGEV_THREAD_ID : notify);
    if (timer.thread()) {
      entry.setNotifyThreadId(nsTid(timer.pid()));
    }
    return entry;
  }

  private int nsTid(int tid) {
    for (SeizedThread thread : task.threads()) {
      if (thread.tid() == tid) {
        return thread.nsTid();
      }
    }
    return tid;
  }

  /** The mappings; to be asked for after {@link #harvest}, which tells where the heap ends. */
  List<VmaEntry> mappings() throws StasisException {
    if (vmas.isEmpty()) {
      try {
        vmas = new VmaCapture(context, task, task.stat().startBrk(), brk).capture(task.smaps());
      } catch (SyscallException e) {
        throw new StasisException(task.describe(), "reading its mappings", "", e);
      }
    }
    return vmas;
  }

  /** Which pages have content; to be asked for after {@link #harvest}. */
  PageRanges pages() throws StasisException {
    if (pages == null) {
      try (Pagemap pagemap = Pagemap.open(task.proc())) {
        pages = PageRanges.of(pagemap, mappings());
      } catch (SyscallException e) {
        throw new StasisException(task.describe(), "looking for its pages", "", e);
      }
    }
    return pages;
  }

  MmEntry mm() throws StasisException {
    return mm.clearVmas()
        .addAllVmas(mappings())
        .addAllVmas(pages().guards())
        .clearAios()
        .addAllAios(VmaCapture.rings(mappings()))
        .build();
  }

  FsEntry fs() {
    return fs.build();
  }

  /** Control group sets, one for each thread. */
  void controlGroups(org.stasis.engine.spi.Cgroups cgroups) throws StasisException {
    for (ThreadCapture thread : threads) {
      thread.core().setCgSet(cgroups.set(task, thread.thread().tid()));
    }
  }

  /** The core images, the leader's first. */
  List<CoreEntry> cores() {
    List<CoreEntry> cores = new ArrayList<>();
    if (task.isZombie()) {
      cores.add(CoreEntry.newBuilder().setMtype(CoreEntry.March.X86_64).setTc(core).build());
      return cores;
    }
    core.setTimers(timers);
    for (ThreadCapture thread : threads) {
      // which thread takes a signal of the process is up to the kernel, which prefers the leader
      List<SigInfo> taken = cores.isEmpty() ? pending : List.of();
      CoreEntry.Builder entry = thread.entry(taken, core.getSigactionsList());
      if (cores.isEmpty()) {
        entry.setTc(core);
      }
      cores.add(entry.build());
    }
    return cores;
  }

  /** Where it belongs; to be asked for after {@link #harvest}. */
  SessionSurvey.Seen belongs() {
    SeizedTask parent = task.parent();
    return new SessionSurvey.Seen(
        new Member(
            task.nsPid(),
            parent == null ? 0 : parent.nsPid(),
            task.status().nsSid().getLast(),
            task.status().nsPgid().getLast(),
            task.isZombie(),
            core.getChildSubreaper(),
            task.describe()),
        task.status().nsSid().getFirst(),
        task.status().nsPgid().getFirst());
  }

  /** Its line of the process tree. */
  PstreeEntry pstree() {
    SeizedTask parent = task.parent();
    PstreeEntry.Builder entry =
        PstreeEntry.newBuilder()
            .setPid(task.nsPid())
            .setPpid(parent == null ? 0 : parent.nsPid())
            .setPgid(task.status().nsPgid().getLast())
            .setSid(task.status().nsSid().getLast());
    if (task.isZombie()) {
      entry.addThreads(task.nsPid());
    }
    for (ThreadCapture thread : threads) {
      entry.addThreads(thread.thread().nsTid());
    }
    return entry.build();
  }
}
