package org.stasis.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcessorsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"0 | {0}", "0-3 | {0, 1, 2, 3}", "0-1,4,8-9 | {0, 1, 4, 8, 9}", "127 | {127}"})
  void readsLists(String list, String expected) {
    assertThat(Processors.parse(list + "\n")).hasToString(expected);
  }

  @Test
  void anEmptyListNamesNobody() {
    assertThat(Processors.parse("\n").isEmpty()).isTrue();
  }

  @Test
  void whoWorksNowIsPossible() throws SyscallException {
    assertThat(Processors.online().cardinality()).isBetween(1, Processors.possible());
  }
}
