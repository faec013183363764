package org.stasis.engine.epoll;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.files.Owners;
import org.stasis.engine.files.TestPlanner;
import org.stasis.engine.spi.Stage;
import org.stasis.images.proto.EventpollFileEntry;
import org.stasis.images.proto.EventpollTfdEntry;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.linux.Open;

@DisplayName("The plan for an epoll set")
class EpollsTest {
  @TempDir Path directory;

  private static EventpollTfdEntry.Builder target(int fd) {
    return EventpollTfdEntry.newBuilder()
        .setId(0)
        .setTfd(fd)
        .setEvents(0x80000001)
        .setData(0x1122334455667788L);
  }

  private static FileEntry epoll(EventpollTfdEntry.Builder... targets) {
    EventpollFileEntry.Builder set =
        EventpollFileEntry.newBuilder().setId(1).setFlags(Open.O_RDWR).setFown(Owners.NOBODY);
    for (EventpollTfdEntry.Builder target : targets) {
      set.addTfd(target);
    }
    return FileEntry.newBuilder().setType(FdTypes.EVENTPOLL).setId(1).setEpfd(set).build();
  }

  @Test
  void addsTargetsOnceDescriptorsAreInPlace() throws Exception {
    TestPlanner plan = new TestPlanner(directory).file(epoll(target(9)), 7).plan(new Epolls());
    assertThat(plan.operations()).containsExactly("epoll_create1(0)");
    assertThat(plan.operations(TestPlanner.TASK, Stage.IN_PLACE))
        .singleElement()
        .asString()
        .matches("epoll_ctl\\(7, 1, 9, &channel\\[\\d+]\\)");
    assertThat(plan.data(Stage.IN_PLACE, 0, 3, 1)).containsExactly(0x5566778880000001L);
  }

  @Test
  void addsThemInTheFirstTaskThatHoldsTheSet() throws Exception {
    TestPlanner plan = new TestPlanner(directory);
    plan.file(epoll(target(9)), 7).holder(1, 11, 8).plan(new Epolls());
    assertThat(plan.operations(TestPlanner.TASK, Stage.IN_PLACE)).hasSize(1);
    assertThat(plan.operations(11, Stage.IN_PLACE)).isEmpty();
  }

  @Test
  void givesAFileTheNumberItHadForAMoment() throws Exception {
    EventpollTfdEntry.Builder closed = target(12).setNumber(9).setFileId(2);
    TestPlanner plan = new TestPlanner(directory).file(epoll(closed), 7).plan(new Epolls());
    assertThat(plan.operations())
        .satisfiesExactly(
            make -> assertThat(make).isEqualTo("epoll_create1(0)"),
            save -> assertThat(save).isEqualTo("dup(9)"),
            number -> assertThat(number).isEqualTo("dup3(102, 9, 0)"),
            add -> assertThat(add).matches("epoll_ctl\\(101, 1, 9, &channel\\[\\d+]\\)"),
            close -> assertThat(close).isEqualTo("close(9)"),
            back -> assertThat(back).isEqualTo("dup3(r1, 9, 0x80000)"),
            done -> assertThat(done).isEqualTo("close(r1)"));
    assertThat(plan.operations(TestPlanner.TASK, Stage.IN_PLACE)).isEmpty();
    assertThat(new Epolls().needs(epoll(closed))).containsExactly(2);
  }
}
