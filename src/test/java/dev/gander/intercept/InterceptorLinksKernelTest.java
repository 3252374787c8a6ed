package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Eventually;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.Lab;
import dev.gander.kernel.Netlink;
import java.io.IOException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** LAN interfaces that come, go, are renamed and made again; and a dae0 that is taken away. */
@Tag("kernel")
class InterceptorLinksKernelTest {

  private static final String SERVER = "198.51.100.53";
  private static final String SERVER_SIX = "2001:db8::53";

  private Lab lab;
  private Interceptor interceptor;
  private EchoServer server;

  @BeforeEach
  void open() throws Exception {
    lab = new Lab('k', 'l');
    intercept(false);
  }

  private void intercept(boolean clsact) throws Exception {
    interceptor = lab.router().call(() -> Interceptor.open(1, Rig.without(clsact, false, false)));
    server = new EchoServer(interceptor, 1, true);
  }

  private void open(boolean clsact, String... names) throws Exception {
    if (clsact) {
      interceptor.close();
      server.close();
      intercept(true);
    }
    apply(names);
  }

  @AfterEach
  void close() throws IOException {
    interceptor.close();
    server.close();
    lab.close();
  }

  private void apply(String... names) throws Exception {
    lab.router()
        .call(() -> {
          interceptor.apply(List.of(names));
          return 0;
        });
  }

  /** The client's cable, into a new interface of the router. */
  private void plug(String name, int index) throws IOException {
    String client = lab.client().name();
    lab.inRouter(
        "ip link add "
            + name
            + (index == 0 ? "" : " index " + index)
            + " address "
            + Lab.ROUTER_MAC
            + " type veth peer name eth0 netns "
            + client);
    lab.inRouter("ip link set " + name + " up");
    Lab.ip("-n " + client + " addr add 10.53.0.2/24 dev eth0");
    Lab.ip("-n " + client + " addr add 2001:db8:53::2/64 dev eth0 nodad");
    Lab.ip("-n " + client + " link set eth0 up");
    for (String gateway : List.of("10.53.0.1", "2001:db8:53::1")) {
      Lab.ip("-n " + client + " neigh add " + gateway + " lladdr " + Lab.ROUTER_MAC + " dev eth0");
      Lab.ip("-n " + client + " route add default via " + gateway);
    }
  }

  private void pull(String name) throws IOException {
    lab.inRouter("ip link delete " + name);
  }

  private int index(String name) throws Exception {
    return lab.router()
        .call(() -> {
          try (Netlink netlink = Netlink.open()) {
            return netlink.link(name).map(link -> link.ifindex()).orElse(0);
          }
        });
  }

  private void awaitServed(String... names) throws Exception {
    Eventually.holds(() -> interceptor.interfaces().equals(List.of(names)));
  }

  private String ask(String asked) throws Exception {
    return Rig.ask(lab, asked, 53, "a query of more than twenty bytes").from();
  }

  private void expectAnswers() throws Exception {
    assertThat(ask(SERVER)).isEqualTo(SERVER);
    assertThat(ask(SERVER_SIX)).isEqualTo("2001:db8:0:0:0:0:0:53");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void oneThatIsMadeAgainIsServedAgain(boolean clsact) throws Exception {
    open(clsact, "lan0");
    assertThat(interceptor.interfaces()).containsExactly("lan0");
    pull("lan0");
    awaitServed();
    plug("lan0", 0);
    awaitServed("lan0");
    expectAnswers();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void alsoWithTheNumberItHadBefore(boolean clsact) throws Exception {
    open(clsact, "lan0");
    int index = index("lan0");
    Interceptor held = interceptor;
    synchronized (held) { // so that it sees only the new one
      pull("lan0");
      plug("lan0", index);
    }
    Eventually.holds(() -> ask(SERVER).equals(SERVER));
    expectAnswers();
  }

  @ParameterizedTest
  @ValueSource(strings = {"lan*", "lan?", "lan[0-9]", "*"})
  void aPatternMeansThoseThatComeLater(String pattern) throws Exception {
    open(false, pattern);
    pull("lan0");
    awaitServed();
    plug("lan7", 0);
    awaitServed("lan7");
    expectAnswers();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRenamedOneIsServedByTheNameItHas(boolean clsact) throws Exception {
    open(clsact, "lan0", "new*");
    lab.inRouter("ip link set lan0 down");
    lab.inRouter("ip link set lan0 name other");
    awaitServed();
    lab.inRouter("ip link set other up");
    assertThat(ask(SERVER)).isEqualTo("nobody");
    lab.inRouter("ip link set other name newer");
    awaitServed("newer");
    lab.inRouter("ip link set newer name newest");
    awaitServed("newest");
    lab.inRouter("ip -6 addr add 2001:db8:53::1/64 dev newest nodad");
    expectAnswers();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void dae0ThatIsDeletedIsMadeAgain(boolean clsact) throws Exception {
    open(clsact, "lan0");
    for (int i = 0; i < 3; i++) {
      int index = index("dae0");
      lab.inRouter("ip link delete dae0");
      Eventually.holds(() -> ask(SERVER).equals(SERVER));
      assertThat(index("dae0")).isEqualTo(index);
      expectAnswers();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"netns %s", "down"})
  void dae0IsPutBackHoweverItIsTaken(String how) throws Exception {
    open(false, "lan0");
    lab.inRouter("ip link set dae0 " + how.formatted(lab.client().name()));
    Eventually.holds(() -> ask(SERVER).equals(SERVER));
    expectAnswers();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whileSuspendedNoneIsHooked(boolean clsact) throws Exception {
    open(clsact, "lan*");
    Queue<List<String>> heard = new ConcurrentLinkedQueue<>();
    interceptor.suspend();
    interceptor.whenLinksChange(() -> heard.add(interceptor.interfaces()));
    lab.inRouter("ip link add lan1 type veth peer name other");
    Eventually.holds(() -> !heard.isEmpty());
    assertThat(interceptor.interfaces()).isEmpty();
    lab.router()
        .call(() -> {
          interceptor.resume();
          return 0;
        });
    assertThat(interceptor.interfaces()).containsExactlyInAnyOrder("lan0", "lan1");
    expectAnswers();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoMustKnowOfAnInterfaceKnowsBeforeItIsHooked(boolean clsact) throws Exception {
    open(clsact, "lan*");
    Queue<List<String>> heard = new ConcurrentLinkedQueue<>();
    interceptor.whenLinksChange(() -> heard.add(interceptor.interfaces()));
    lab.inRouter("ip link add lan1 type bridge");
    awaitServed("lan0", "lan1");
    assertThat(heard.peek()).containsExactly("lan0");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aNameMustBeThereAPatternNeedNot(boolean clsact) throws Exception {
    open(clsact, "lan0");
    assertThatThrownBy(() -> apply("lan1", "eth*"))
        .isInstanceOf(KernelException.class)
        .hasMessage("lan_interface: there is no interface lan1; this machine has: lan0");
    apply("eth*", "lo*");
    assertThat(interceptor.interfaces()).isEmpty();
  }
}
