package dev.gander.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class NetworkWatchTest {

  /** struct nlmsghdr, then struct rtmsg. */
  private static boolean matters(int type, int destinationLength) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(28, 8);
      memory.set(Libc.INT, 0, 28);
      memory.set(Libc.SHORT, 4, (short) type);
      memory.set(Libc.BYTE, 17, (byte) destinationLength);
      return NetworkWatch.matters(new NetlinkReply(memory));
    }
  }

  /** A router with a full table hears of such a route many times a second. */
  @Test
  void aRouteToSomeNetworkIsNotToldOf() {
    for (int type : new int[] {24, 25}) { // RTM_NEWROUTE, RTM_DELROUTE
      assertThat(matters(type, 24)).isFalse();
      assertThat(matters(type, 128)).isFalse();
      assertThat(matters(type, 0)).as("a default route").isTrue();
      assertThat(matters(type, 1)).as("half of one").isTrue();
    }
    assertThat(matters(16, 24)).as("an interface").isTrue();
    assertThat(matters(2, 24)).as("the answer to wake()").isTrue();
  }
}
