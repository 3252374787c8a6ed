package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Eventually;
import dev.gander.kernel.Errno;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.KernelFeatures;
import dev.gander.kernel.Lab;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How an interceptor begins, lives beside others, and ends; also when it is killed. */
@Tag("kernel")
class InterceptorLifeKernelTest {

  private static final String SERVICE = "203.0.113.1";

  private Lab lab;

  @BeforeEach
  void open() throws Exception {
    lab = new Lab('e', 'f');
  }

  @AfterEach
  void close() throws IOException {
    lab.close();
  }

  private Interceptor intercept(KernelFeatures features) throws Exception {
    return lab.router().call(() -> Interceptor.open(1, features));
  }

  private void apply(Interceptor interceptor, String... names) throws Exception {
    lab.router()
        .call(() -> {
          interceptor.apply(List.of(names));
          return 0;
        });
  }

  /** A service of the router's own, on an address of its own. */
  private LocalEcho service() throws Exception {
    lab.inRouter("ip addr add " + SERVICE + "/32 dev lo");
    return new LocalEcho(lab, SERVICE, 53);
  }

  private String ask(String asked) throws Exception {
    return Rig.ask(lab, asked, 53, "a query of more than twenty bytes").from();
  }

  private boolean pairExists() throws IOException {
    return lab.inRouter("ip -o link show").contains("dae0");
  }

  /** The namespace is taken down. */
  private void awaitNoPair() throws Exception {
    Eventually.holds(() -> !pairExists());
  }

  private String filters() throws IOException {
    return lab.inRouter("tc filter show dev lan0 ingress");
  }

  @Test
  void aSecondOneInTheSameNamespaceIsRefusedAndToldTheHolder() throws Exception {
    try (InterceptorProcess first = InterceptorProcess.start(lab, false)) {
      assertThatThrownBy(() -> intercept(Rig.KERNEL))
          .isInstanceOfSatisfying(
              KernelException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EADDRINUSE))
          .hasMessageContaining("process " + first.pid());
      assertThat(ask("198.51.100.53")).isEqualTo("198.51.100.53");
    }
  }

  @Test
  void twoInTwoNamespacesLiveSideBySide() throws Exception {
    try (Rig one = new Rig('g', 'h', Rig.KERNEL)) {
      try (Rig two = new Rig('i', 'j', Rig.KERNEL)) {
        assertThat(one.ask("198.51.100.53")).isEqualTo("198.51.100.53");
        assertThat(two.ask("198.51.100.53")).isEqualTo("198.51.100.53");
      }
      assertThat(one.ask("2001:db8::53")).isEqualTo("2001:db8:0:0:0:0:0:53");
    }
  }

  @Test
  void closingLeavesNothingAndIsQuick() throws Exception {
    Interceptor interceptor = intercept(Rig.KERNEL);
    EchoServer server = new EchoServer(interceptor, 1, true);
    apply(interceptor, "lan0");
    assertThat(ask("198.51.100.53")).isEqualTo("198.51.100.53");

    long start = System.nanoTime();
    interceptor.close();
    server.close();
    assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(8));
    assertThat(pairExists()).isFalse();
    assertThat(filters()).isEmpty();
    intercept(Rig.KERNEL).close();
  }

  @Test
  void killedItLeavesNothingAndQueriesPassAtOnce() throws Exception {
    try (LocalEcho service = service()) {
      try (InterceptorProcess process = InterceptorProcess.start(lab, false)) {
        assertThat(ask("198.51.100.53")).isEqualTo("198.51.100.53");
        process.kill();
      }
      assertThat(ask(SERVICE)).isEqualTo(SERVICE);
      assertThat(lab.inRouter("bpftool -j net show dev lan0")).doesNotContain("lan_ingress");
      awaitNoPair();
      assertThat(service).isNotNull();
    }
  }

  @Test
  void afterAKillTheNextOneStartsAtOnce() throws Exception {
    try (InterceptorProcess process = InterceptorProcess.start(lab, false)) {
      process.kill();
    }
    try (Interceptor next = intercept(Rig.KERNEL);
        EchoServer server = new EchoServer(next, 1, true)) {
      apply(next, "lan0");
      assertThat(ask("198.51.100.53")).isEqualTo("198.51.100.53");
      assertThat(server.busyListeners()).isEqualTo(1);
    }
  }

  @Test
  void underClsactItWorksAndClosingTakesFilterAndQdiscAway() throws Exception {
    try (Interceptor interceptor = intercept(Rig.without(true, false, false));
        EchoServer server = new EchoServer(interceptor, 1, true)) {
      apply(interceptor, "lan0");
      assertThat(filters()).contains("gander_lan_ingress").contains("direct-action");
      assertThat(ask("198.51.100.53")).isEqualTo("198.51.100.53");
      assertThat(ask("2001:db8::53")).isEqualTo("2001:db8:0:0:0:0:0:53");
      assertThat(server.busyListeners()).isEqualTo(2);
    }
    assertThat(lab.inRouter("tc qdisc show dev lan0")).doesNotContain("clsact");
  }

  @Test
  void underClsactAnothersFilterStays() throws Exception {
    lab.inRouter("tc qdisc add dev lan0 clsact");
    lab.inRouter("tc filter add dev lan0 ingress prio 9 u32 match u32 0 0 flowid 1:1");
    try (Interceptor interceptor = intercept(Rig.without(true, false, false))) {
      apply(interceptor, "lan0");
      assertThat(filters()).contains("u32").contains("gander_lan_ingress");
    }
    assertThat(filters()).contains("u32").doesNotContain("gander");
  }

  @Test
  void underClsactKilledQueriesPassAndTheNextOneRemovesTheLeftover() throws Exception {
    try (LocalEcho service = service()) {
      try (InterceptorProcess process = InterceptorProcess.start(lab, true)) {
        assertThat(ask("198.51.100.53")).isEqualTo("198.51.100.53");
        process.kill();
      }
      assertThat(filters()).contains("gander_lan_ingress");
      assertThat(ask(SERVICE)).isEqualTo(SERVICE);

      intercept(Rig.without(true, false, false)).close();
      assertThat(filters()).isEmpty();
      assertThat(lab.inRouter("tc qdisc show dev lan0")).doesNotContain("clsact");
      assertThat(service).isNotNull();
    }
  }

  @Test
  void withoutMarksInRecvmsgTheClientIsLookedUp() throws Exception {
    try (Rig rig = new Rig('g', 'h', Rig.without(false, true, false))) {
      assertThat(rig.ask("198.51.100.53")).isEqualTo("198.51.100.53");
      assertThat(rig.ask("2001:db8::53")).isEqualTo("2001:db8:0:0:0:0:0:53");
      EchoServer.Seen seen = rig.server.seen().take();
      assertThat(rig.interceptor.identities().mac(seen.mark())).isEqualTo(0x02_00_00_00_53_02L);
    }
  }

  @Test
  void withoutRedirectPeerTheFrameGoesThroughThePair() throws Exception {
    try (Rig rig = new Rig('g', 'h', Rig.without(false, false, true))) {
      assertThat(rig.ask("198.51.100.53")).isEqualTo("198.51.100.53");
      assertThat(rig.ask("2001:db8::53")).isEqualTo("2001:db8:0:0:0:0:0:53");
    }
  }

  @Test
  void interfacesThatCannotBeTakenAreAllNamedAndNothingChanges() throws Exception {
    try (Interceptor interceptor = intercept(Rig.KERNEL);
        EchoServer server = new EchoServer(interceptor, 1, true)) {
      apply(interceptor, "lan0");
      assertThatThrownBy(() -> apply(interceptor, "lan1", "lo", "lan0"))
          .isInstanceOf(KernelException.class)
          .hasMessageContaining("there is no interface lan1")
          .hasMessageContaining("lo is the loopback interface")
          .hasMessageEndingWith("this machine has: lan0");
      assertThat(ask("198.51.100.53")).isEqualTo("198.51.100.53");
      assertThat(server.busyListeners()).isEqualTo(1);
    }
  }

  @Test
  void anInterfaceNoLongerNamedIsLetGo() throws Exception {
    try (Interceptor interceptor = intercept(Rig.KERNEL);
        EchoServer server = new EchoServer(interceptor, 1, true);
        LocalEcho service = service()) {
      apply(interceptor, "lan0");
      apply(interceptor);
      assertThat(ask(SERVICE)).isEqualTo(SERVICE);
      assertThat(server.busyListeners()).isZero();
      assertThat(service).isNotNull();
    }
  }

  @Test
  void suspendedQueriesPassAndResumedTheyAreTakenAgain() throws Exception {
    try (Interceptor interceptor = intercept(Rig.KERNEL);
        EchoServer server = new EchoServer(interceptor, 1, true);
        LocalEcho service = service()) {
      apply(interceptor, "lan0");
      interceptor.suspend();
      apply(interceptor, "lan0");
      assertThat(ask(SERVICE)).isEqualTo(SERVICE);
      assertThat(interceptor.counters()).containsEntry("queries", 0L);

      lab.router()
          .call(() -> {
            interceptor.resume();
            return 0;
          });
      assertThat(ask("198.51.100.53")).isEqualTo("198.51.100.53");
      assertThat(server.busyListeners()).isEqualTo(1);
      assertThat(service).isNotNull();
    }
  }

  @Test
  void withoutListenersOfAFamilyItsQueriesPass() throws Exception {
    try (Interceptor interceptor = intercept(Rig.KERNEL);
        EchoServer server = new EchoServer(interceptor, 1, true);
        LocalEcho service = service()) {
      apply(interceptor, "lan0");
      interceptor.setListeners(new int[] {}, new int[] {});
      assertThat(ask(SERVICE)).isEqualTo(SERVICE);
      assertThat(interceptor.counters()).containsEntry("passed_no_listener", 1L);
      assertThat(server.busyListeners()).isZero();
      assertThat(service).isNotNull();
    }
  }

  @Test
  void anInterfaceThatVanishesHindersNeitherApplyNorClose() throws Exception {
    for (boolean clsact : new boolean[] {false, true}) {
      try (Lab own = new Lab('g', 'h')) {
        Interceptor interceptor =
            own.router().call(() -> Interceptor.open(1, Rig.without(clsact, false, false)));
        own.router()
            .call(() -> {
              interceptor.apply(List.of("lan0"));
              own.inRouter("ip link delete lan0");
              own.inRouter("ip link add lan0 type veth peer name other");
              interceptor.apply(List.of("lan0"));
              own.inRouter("ip link delete lan0");
              return 0;
            });
        interceptor.close();
        assertThat(own.inRouter("ip -o link show")).doesNotContain("dae0");
      }
    }
  }

  @Test
  void aBridgeIsALanInterfaceLikeAnother() throws Exception {
    lab.inRouter("ip link add br0 address 02:00:00:00:53:0b type bridge");
    lab.inRouter("ip addr flush dev lan0");
    lab.inRouter("ip link set lan0 master br0");
    lab.inRouter("ip addr add 10.53.0.1/24 dev br0");
    lab.inRouter("ip link set br0 up");
    try (Interceptor interceptor = intercept(Rig.KERNEL);
        EchoServer server = new EchoServer(interceptor, 1, true)) {
      apply(interceptor, "br0");
      assertThat(ask("198.51.100.53")).isEqualTo("198.51.100.53");
      assertThat(server.busyListeners()).isEqualTo(1);
    }
  }

  @Test
  void aPairThatIsNotOursIsNotTouched() throws Exception {
    lab.inRouter("ip link add dae0 type veth peer name dae0peer");
    assertThatThrownBy(() -> intercept(Rig.KERNEL))
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("is dae running here");
    assertThat(pairExists()).isTrue();
  }

  @Test
  void aThreadOfAnotherNamespaceMayNotHook() throws Exception {
    try (Interceptor interceptor = intercept(Rig.KERNEL)) {
      assertThatThrownBy(() -> interceptor.apply(List.of("lan0")))
          .isInstanceOf(IllegalStateException.class);
    }
  }
}
