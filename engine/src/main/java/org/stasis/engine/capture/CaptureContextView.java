package org.stasis.engine.capture;

import com.google.protobuf.Message;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.stasis.engine.Obstacle;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.DumpOptions;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.TaskView;
import org.stasis.images.ImageKind;
import org.stasis.linux.Fd;

/** A capture as seen by one room: everything goes to the session. */
abstract class CaptureContextView implements CaptureContext {
  private final CaptureContext session;

  CaptureContextView(CaptureContext session) {
    this.session = session;
  }

  @Override
  public DumpOptions options() {
    return session.options();
  }

  @Override
  public int callerPid() {
    return session.callerPid();
  }

  @Override
  public void obstacle(Obstacle obstacle) {
    session.obstacle(obstacle);
  }

  @Override
  public List<? extends TaskView> tasks() {
    return session.tasks();
  }

  @Override
  public void entry(ImageKind kind, Message entry) {
    session.entry(kind, entry);
  }

  @Override
  public void whenWriting(WriteAction action) {
    session.whenWriting(action);
  }

  @Override
  public int fileId(TaskView task, String procPath, int flags) throws StasisException {
    return session.fileId(task, procPath, flags);
  }

  @Override
  public int fileId(TaskView task, Fd file) throws StasisException {
    return session.fileId(task, file);
  }

  @Override
  public int newFileId() {
    return session.newFileId();
  }

  @Override
  public OptionalInt fileId(TaskView task, int fd) {
    return session.fileId(task, fd);
  }

  @Override
  public OptionalInt fileIdOfInode(long inode) {
    return session.fileIdOfInode(inode);
  }

  @Override
  public <T> Optional<T> kind(Class<T> type) {
    return session.kind(type);
  }
}
