package org.stasis.engine.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.stasis.engine.sessions.Step.BeginGroup;
import org.stasis.engine.sessions.Step.BeginSession;
import org.stasis.engine.sessions.Step.FoundGroup;
import org.stasis.engine.sessions.Step.Make;
import org.stasis.engine.sessions.Step.MakeOrphan;
import org.stasis.engine.sessions.Step.StandIn;

@DisplayName("Births")
class BirthsTest {
  private static final Member INIT = member(1, 0, 1, 1);

  private static Member member(int pid, int parent, int session, int group) {
    return new Member(pid, parent, session, group, false, false, "task " + pid);
  }

  private static Member zombie(int pid, int parent, int session, int group) {
    return new Member(pid, parent, session, group, true, false, "task " + pid);
  }

  private static Member subreaper(int pid, int parent, int session, int group) {
    return new Member(pid, parent, session, group, false, true, "task " + pid);
  }

  private static Births births(Member... tasks) {
    return new Births(List.of(tasks), () -> 99);
  }

  private static Births good(Member... tasks) {
    Births births = births(tasks);
    assertThat(births.problems()).isEmpty();
    return births;
  }

  private static Make child(int pid) {
    return new Make(pid, false);
  }

  private static Make sibling(int pid) {
    return new Make(pid, true);
  }

  @Test
  @DisplayName("happen in the parent's session when that is the child's")
  void inSession() {
    Births births = good(INIT, member(2, 1, 1, 1), member(3, 2, 3, 3));
    assertThat(births.own(1)).isEqualTo(new BeginSession());
    assertThat(births.after(1)).containsExactly(child(2));
    assertThat(births.after(2)).containsExactly(child(3));
    assertThat(births.own(2)).isNull();
    assertThat(births.joins(2)).isFalse();
  }

  @Test
  @DisplayName("happen before the parent's session when the child is in the one before")
  void beforeSession() {
    Births births = good(INIT, member(2, 1, 2, 2), member(3, 2, 1, 1));
    assertThat(births.before(2)).containsExactly(child(3));
    assertThat(births.joins(3)).isFalse();
  }

  @Test
  @DisplayName("happen before the parent's group when the child is in the one before")
  void beforeGroup() {
    Births births = good(INIT, member(2, 1, 1, 2), member(3, 2, 1, 1), member(4, 2, 1, 2));
    assertThat(births.before(2)).containsExactly(child(3));
    assertThat(births.own(2)).isEqualTo(new BeginGroup());
    assertThat(births.after(2)).containsExactly(child(4));
    assertThat(births.joins(3)).isFalse();
    assertThat(births.joins(4)).isFalse();
  }

  @Test
  @DisplayName("of a session without leader happen by one that stands in for it")
  void standIn() {
    Births births = good(INIT, member(5, 1, 4, 4), member(6, 5, 4, 4), member(7, 1, 4, 7));
    assertThat(births.after(1)).containsExactly(new StandIn(4, List.of(sibling(5), sibling(7))));
    assertThat(births.after(5)).containsExactly(child(6));
    assertThat(births.own(7)).isEqualTo(new BeginGroup());
    assertThat(births.madeByOther(5)).isFalse();
  }

  @Test
  @DisplayName("carry a session without leader on to children of one that then began its own")
  void standInForAnothersChildren() {
    Births births = good(INIT, member(5, 1, 5, 5), member(6, 5, 4, 4));
    assertThat(births.after(1)).containsExactly(new StandIn(4, List.of(sibling(5))));
    assertThat(births.before(5)).containsExactly(child(6));
  }

  @Test
  @DisplayName("of adopted children happen by their session's leader")
  void adopted() {
    Births births = good(INIT, member(2, 1, 2, 2), member(3, 1, 2, 2));
    assertThat(births.after(2)).containsExactly(sibling(3));
    assertThat(births.madeByOther(3)).isTrue();
  }

  @Test
  @DisplayName("of adopted children happen below their session's leader, who is further down")
  void adoptedFromBelow() {
    Births births = good(INIT, member(2, 1, 1, 1), member(3, 2, 3, 3), member(4, 1, 3, 3));
    assertThat(births.after(3)).containsExactly(new MakeOrphan(99, 4));
  }

  @Test
  @DisplayName("of adopted children happen by a leader that has ended since")
  void adoptedFromZombie() {
    Births births = good(INIT, member(2, 1, 1, 1), zombie(3, 2, 3, 3), member(4, 1, 3, 3));
    assertThat(births.after(3)).containsExactly(child(4));
  }

  @Test
  @DisplayName("of adopted children respect who adopts")
  void adoptedBySubreaper() {
    Births births =
        good(
            INIT,
            subreaper(2, 1, 2, 2),
            member(3, 2, 2, 2),
            member(4, 3, 4, 4),
            member(5, 2, 4, 4));
    assertThat(births.after(4)).containsExactly(new MakeOrphan(99, 5));
    assertThat(
            births(INIT, subreaper(2, 1, 2, 2), member(3, 2, 3, 3), member(4, 1, 3, 3)).problems())
        .extracting(Problem::task)
        .containsExactly(4);
  }

  @Test
  @DisplayName("find or refuse a session without leader whose members have two parents")
  void twoParents() {
    Births births = good(INIT, subreaper(2, 1, 1, 1), member(5, 2, 4, 4), member(6, 2, 4, 4));
    assertThat(births.after(2)).containsExactly(new StandIn(4, List.of(sibling(5), sibling(6))));
    assertThat(
            births(INIT, subreaper(2, 1, 1, 1), member(5, 2, 4, 4), member(6, 1, 4, 4)).problems())
        .extracting(Problem::task)
        .containsExactly(6);
  }

  @Test
  @DisplayName("leave groups of others to be joined")
  void groups() {
    Births births =
        good(INIT, member(2, 1, 1, 2), member(3, 1, 1, 2), zombie(4, 1, 1, 2), member(5, 1, 1, 9));
    assertThat(births.joins(2)).isFalse();
    assertThat(births.joins(3)).isTrue();
    assertThat(births.joins(4)).isTrue();
    assertThat(births.own(5)).isEqualTo(new FoundGroup(9));
    assertThat(births.joins(5)).isFalse();
  }

  @Test
  @DisplayName("found a group without leader once")
  void lostGroup() {
    Births births =
        good(INIT, member(2, 1, 1, 9), member(3, 2, 1, 9), member(4, 1, 1, 9), member(5, 2, 1, 1));
    assertThat(births.own(2)).isEqualTo(new FoundGroup(9));
    assertThat(births.before(2)).containsExactly(child(5));
    assertThat(births.after(2)).containsExactly(child(3));
    assertThat(births.joins(3)).isFalse();
    assertThat(births.joins(4)).isTrue();
  }

  @Test
  @DisplayName("keep a shell job in its session and group outside of the tree")
  void shellJob() {
    Births births = good(member(10, 0, 8, 9), member(11, 10, 8, 9), member(12, 10, 8, 12));
    assertThat(births.own(10)).isNull();
    assertThat(births.joins(11)).isFalse();
    assertThat(births.own(12)).isEqualTo(new BeginGroup());
  }

  @Test
  @DisplayName("refuse what is of a session outside but not inherited")
  void outside() {
    assertThat(
            births(
                    member(10, 0, 8, 9),
                    member(11, 10, 11, 11),
                    member(12, 11, 11, 11),
                    member(13, 12, 8, 8))
                .problems())
        .extracting(Problem::task)
        .containsExactly(13);
  }
}
