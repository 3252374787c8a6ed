package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import dev.gander.kernel.DatagramBatch;
import dev.gander.kernel.IpFamily;
import dev.gander.kernel.Lab;
import dev.gander.kernel.TestNamespace;
import dev.gander.kernel.UdpSocket;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A query's way from a client's socket to the listener and back. */
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InterceptorKernelTest {

  private Rig rig;

  @BeforeAll
  void open() throws Exception {
    rig = new Rig('a', 'b', Rig.KERNEL);
  }

  @AfterAll
  void close() throws IOException {
    rig.close();
  }

  @BeforeEach
  void forget() {
    rig.server.forget();
    rig.server.replyBytes(0);
  }

  @Test
  void aQueryToAnAddressNobodyOwnsIsAnsweredFromThatAddress() throws Exception {
    assertThat(rig.ask("198.51.100.53")).isEqualTo("198.51.100.53");
    assertThat(rig.ask("2001:db8::53")).isEqualTo("2001:db8:0:0:0:0:0:53");
  }

  @Test
  void aQueryToTheRouterItselfIsTakenWhereNoServiceListens() throws Exception {
    assertThat(rig.ask("10.53.0.1")).isEqualTo("10.53.0.1");
    assertThat(rig.ask("2001:db8:53::1")).isEqualTo("2001:db8:53:0:0:0:0:1");
  }

  @Test
  void aLinkLocalClientIsAnsweredByTheRoutersLinkLocalAddress() throws Exception {
    int eth0 = rig.ifindex(rig.lab.client(), "eth0");
    assertThat(rig.ask("fe80::53:1%" + eth0)).startsWith("fe80:0:0:0:0:0:53:1%");
  }

  @Test
  void theListenerIsToldWhoAskedAndWhat() throws Exception {
    assertThat(rig.ask("198.51.100.53")).isEqualTo("198.51.100.53");
    EchoServer.Seen seen = rig.server.seen().poll(30, TimeUnit.SECONDS);
    int lan0 = rig.ifindex(rig.lab.router(), "lan0");

    assertThat(seen).isNotNull();
    assertThat(seen.sourceLow()).isEqualTo(0xffff_0a35_0002L);
    assertThat(seen.askedLow()).isEqualTo(0xffff_c633_6435L);
    assertThat(seen.askedPort()).isEqualTo(53);
    assertThat(seen.mark() & Shared.IDENTITY_MASK).isNotZero();
    assertThat(rig.interceptor.identities().mac(seen.mark())).isEqualTo(0x02_00_00_00_53_02L);
    assertThat(rig.interceptor.identities().ifindex(seen.mark())).isEqualTo(lan0);
    assertThat(rig.interceptor.identities().vlan(seen.mark())).isZero();
  }

  @Test
  void oneClientKeepsOneIdentityAndFindsEveryListener() throws Exception {
    Map<String, Long> moved =
        rig.counted(() -> {
          for (int i = 0; i < 64; i++) {
            assertThat(rig.ask("198.51.100." + i)).isEqualTo("198.51.100." + i);
          }
        });
    Set<Integer> marks = new HashSet<>();
    rig.server.seen().forEach(seen -> marks.add(seen.mark()));

    assertThat(marks).hasSize(1);
    assertThat(moved.getOrDefault("identities_new", 0L)).isLessThanOrEqualTo(1);
    assertThat(moved).containsEntry("queries", 64L).containsEntry("replies", 64L);
    assertThat(rig.server.busyListeners()).isEqualTo(2);
  }

  @Test
  void aReplyLargerThanTheWireArrivesWhole() throws Exception {
    rig.server.replyBytes(4000);
    for (String asked : new String[] {"198.51.100.53", "2001:db8::53"}) {
      assertThat(Rig.ask(rig.lab, asked, 53, "a query of more than twenty bytes").length())
          .as(asked)
          .isEqualTo(4000);
    }
  }

  @Test
  void queriesThatCrossTheWireAsOneLargePacketAreAnsweredEach() throws Exception {
    long asked = 0xffff_c633_6435L; // 198.51.100.53
    Map<String, Long> moved =
        rig.counted(() -> {
          try (UdpSocket socket =
              rig.lab.client().call(() -> UdpSocket.open(IpFamily.IPV4, Set.of()))) {
            TestNamespace.segment(socket, 100);
            assertThat(socket.send(new byte[400], 0, 400, 0, asked, 53, 0, 0, 0, 0)).isZero();
            DatagramBatch replies = new DatagramBatch(IpFamily.IPV4, 8, 512);
            for (int got = 0; got < 4; got += replies.count()) {
              socket.receive(replies, true);
              assertThat(replies.length(0)).isEqualTo(100);
              assertThat(replies.sourceLow(0)).isEqualTo(asked);
            }
          }
        });
    assertThat(moved).containsEntry("queries", 1L).containsEntry("replies", 4L);
  }

  @Test
  void otherPortsAreNotTouched() throws Exception {
    try (LocalEcho service = new LocalEcho(rig.lab, "0.0.0.0", 5353)) {
      Map<String, Long> moved =
          rig.counted(() ->
              assertThat(Rig.ask(rig.lab, "10.53.0.1", 5353, "not a query at all").from())
                  .isEqualTo("10.53.0.1"));
      assertThat(moved).isEmpty();
      assertThat(service).isNotNull();
    }
  }

  @Test
  void aServiceOfTheRouterOnTheAskedAddressGetsItsQueries() throws Exception {
    for (String any : new String[] {"10.53.0.1", "0.0.0.0"}) {
      try (LocalEcho service = new LocalEcho(rig.lab, any, 53)) {
        Map<String, Long> moved =
            rig.counted(() -> assertThat(rig.ask("10.53.0.1")).isEqualTo("10.53.0.1"));
        assertThat(moved).as(any).containsExactly(Map.entry("passed_local_service", 1L));
        assertThat(service).isNotNull();
      }
    }
  }

  @Test
  void aServiceOnEveryAddressDoesNotGetQueriesToOtherMachines() throws Exception {
    try (LocalEcho service = new LocalEcho(rig.lab, "0.0.0.0", 53)) {
      Map<String, Long> moved =
          rig.counted(() -> assertThat(rig.ask("198.51.100.53")).isEqualTo("198.51.100.53"));
      assertThat(moved).containsEntry("queries", 1L).doesNotContainKey("passed_local_service");
      assertThat(service).isNotNull();
    }
  }

  @Test
  void anAddressThatComesLaterIsTheRoutersOwnFromThenOn() throws Exception {
    String added = "203.0.113.7";
    try (LocalEcho service = new LocalEcho(rig.lab, "0.0.0.0", 53)) {
      Lab.ip("-n " + rig.lab.router().name() + " addr add " + added + "/32 dev lo");
      Map<String, Long> moved = new HashMap<>();
      Eventually.holds(() -> {
        moved.clear();
        moved.putAll(rig.counted(() -> assertThat(rig.ask(added)).isNotEqualTo("nobody")));
        return !moved.containsKey("queries");
      });
      assertThat(moved).containsExactly(Map.entry("passed_local_service", 1L));
      assertThat(service).isNotNull();
    }
  }

  @Test
  void theNamespaceItselfSaysNothing() {
    assertThat(rig.interceptor.counters())
        .containsEntry("dropped_no_identity", 0L)
        .containsEntry("dropped_foreign", 0L);
  }
}
