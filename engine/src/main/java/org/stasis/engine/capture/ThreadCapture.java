package org.stasis.engine.capture;

import com.google.protobuf.ByteString;
import java.util.List;
import org.stasis.engine.credentials.Credentials;
import org.stasis.engine.limits.Scheduling;
import org.stasis.engine.ns.UserIds;
import org.stasis.engine.signals.AlternateStack;
import org.stasis.engine.signals.NextHandler;
import org.stasis.engine.threads.ThreadRegistrations;
import org.stasis.engine.threads.ThreadSettings;
import org.stasis.engine.x86.ExtendedState;
import org.stasis.engine.x86.Registers;
import org.stasis.engine.x86.XsaveLayout;
import org.stasis.images.proto.CoreEntry;
import org.stasis.images.proto.CredsEntry;
import org.stasis.images.proto.SaEntry;
import org.stasis.images.proto.SiginfoEntry;
import org.stasis.images.proto.SignalQueueEntry;
import org.stasis.images.proto.ThreadCoreEntry;
import org.stasis.images.proto.ThreadInfoX86;
import org.stasis.linux.Processes;
import org.stasis.linux.SigInfo;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.ProcTask;
import org.stasis.linux.proc.TaskStatus;

/** One thread on its way into its core image: what is seen from outside, and what it is asked. */
final class ThreadCapture {
  private final SeizedTask task;
  private final SeizedThread thread;
  private final ThreadInfoX86.Builder info = ThreadInfoX86.newBuilder();
  private final ThreadCoreEntry.Builder core = ThreadCoreEntry.newBuilder();
  private final CredsEntry.Builder creds = CredsEntry.newBuilder();

  ThreadCapture(SeizedTask task, SeizedThread thread) {
    this.task = task;
    this.thread = thread;
  }

  SeizedThread thread() {
    return thread;
  }

  ThreadCoreEntry.Builder core() {
    return core;
  }

  /** What is seen from outside. */
  void survey(ProcTask proc, XsaveLayout xsave, UserIds ids) throws SyscallException {
    ExtendedState.capture(thread.xstate(), xsave, info);
    TaskStatus status = proc.status();
    core.setComm(proc.comm());
    core.setBlkSigset(thread.signalMask());
    core.setSignalsP(queue(thread.pending()));
    surveyCredentials(status, ids);
    Scheduling.capture(thread.tid(), core);
    Processes.RobustList robust = Processes.getRobustList(thread.tid());
    core.setFutexRla(robust.head()).setFutexRlaLen((int) robust.length());
    thread.sequence().capture(core);
  }

  private void surveyCredentials(TaskStatus status, UserIds ids) {
    TaskStatus.Capabilities caps = status.capabilities();
    creds
        .setUid(ids.user(status.uids().real()))
        .setEuid(ids.user(status.uids().effective()))
        .setSuid(ids.user(status.uids().saved()))
        .setFsuid(ids.user(status.uids().fs()))
        .setGid(ids.group(status.gids().real()))
        .setEgid(ids.group(status.gids().effective()))
        .setSgid(ids.group(status.gids().saved()))
        .setFsgid(ids.group(status.gids().fs()))
        .addAllCapInh(Credentials.words(caps.inheritable()))
        .addAllCapPrm(Credentials.words(caps.permitted()))
        .addAllCapEff(Credentials.words(caps.effective()))
        .addAllCapBnd(Credentials.words(caps.bounding()))
        .addAllCapAmb(Credentials.words(caps.ambient()));
    for (int group : status.groups()) {
      creds.addGroups(ids.group(group));
    }
    if (status.noNewPrivs()) {
      creds.setNoNewPrivs(1);
    }
  }

  /** What the thread itself is asked. */
  void harvest(Harvest in) {
    AlternateStack.harvest(in, core);
    ThreadRegistrations.harvest(in, core, info);
    ThreadSettings.harvest(in, core);
    Credentials.harvest(in, creds);
  }

  /**
   * The core image; a leader's gets the task's part too.
   *
   * @param shared signals of the process that this thread takes when it goes on
   * @param actions of the process
   */
  CoreEntry.Builder entry(List<SigInfo> shared, List<SaEntry> actions) {
    Registers.capture(
        thread.regs(),
        NextHandler.flags(thread.pending(), shared, thread.signalMask(), actions),
        info);
    return CoreEntry.newBuilder()
        .setMtype(CoreEntry.March.X86_64)
        .setThreadInfo(info)
        .setThreadCore(core.setCreds(creds));
  }

  static SignalQueueEntry queue(List<SigInfo> signals) {
    SignalQueueEntry.Builder queue = SignalQueueEntry.newBuilder();
    for (SigInfo signal : signals) {
      queue.addSignals(SiginfoEntry.newBuilder().setSiginfo(ByteString.copyFrom(signal.bytes())));
    }
    return queue.build();
  }

  @Override
  public String toString() {
    return task.describe() + ", thread " + thread.nsTid();
  }
}
