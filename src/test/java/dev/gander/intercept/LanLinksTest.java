package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.kernel.KernelException;
import dev.gander.kernel.Link;
import dev.gander.observe.HeardLog;
import java.util.List;
import org.junit.jupiter.api.Test;

class LanLinksTest {

  private static final int ETHERNET = 1;
  private static final int INFINIBAND = 32;
  private static final int PPP = 512;
  private static final int IPIP = 768;
  private static final int SIT = 776;
  private static final int GRE = 778;
  private static final int GRE6 = 823;
  private static final int LOOPBACK = 772;
  private static final int NONE = 0xfffe; // WireGuard, tun
  private static final int UP = 1;
  private static final int BROADCAST = 2;
  private static final int IS_LOOPBACK = 8;
  private static final int POINT_TO_POINT = 16;

  private static Link link(String name, int arpType, int flags) {
    return new Link(name.hashCode(), name, 0, 1500, arpType, flags, 0, "", "", -1);
  }

  @Test
  void linksWithoutEthernetHeadersAreLanInterfacesToo() {
    List<Link> all =
        List.of(
            link("t-eth", ETHERNET, UP),
            link("t-wg", NONE, UP | POINT_TO_POINT),
            link("t-ppp", PPP, UP | POINT_TO_POINT),
            link("t-ipip", IPIP, UP | POINT_TO_POINT),
            link("t-sit", SIT, UP | POINT_TO_POINT),
            link("t-gre", GRE, UP | POINT_TO_POINT),
            link("t-gre6", GRE6, UP | POINT_TO_POINT),
            link("other", NONE, UP));
    assertThat(LanLinks.required(List.of("t-*"), all)).isEqualTo(all.subList(0, 7));
    assertThat(LanLinks.required(List.of("t-wg"), all)).isEqualTo(all.subList(1, 2));
  }

  @Test
  void whatAPatternMatchesAndCannotBeServedIsTold() {
    try (HeardLog log = new HeardLog("dev.gander.intercept")) {
      List<Link> all =
          List.of(
              link("t0", ETHERNET, UP),
              link("t1", INFINIBAND, UP),
              link("t2", IPIP, UP),
              link("t3", GRE, UP | POINT_TO_POINT | BROADCAST),
              link("tunl0", IPIP, 0), // comes with the kernel's module, and is down
              link("tlo", LOOPBACK, UP | IS_LOOPBACK),
              link("u0", INFINIBAND, UP));
      assertThat(LanLinks.required(List.of("t*"), all))
          .extracting(Link::name)
          .containsExactly("t0");
      assertThat(log.lines())
          .containsExactly(
              "lan_interface: t1 matches t*, but has neither Ethernet frames nor plain IP packets (ARPHRD 32); it is left out",
              "lan_interface: t2 matches t*, but is a tunnel without a remote address, which replies need; it is left out",
              "lan_interface: t3 matches t*, but is a tunnel without a remote address, which replies need; it is left out");
    }
  }

  @Test
  void whatIsNamedAndCannotBeServedIsAnError() {
    List<Link> all = List.of(link("wg0", NONE, UP | POINT_TO_POINT), link("gre0", GRE, UP));
    assertThatThrownBy(() -> LanLinks.required(List.of("gre0"), all))
        .isInstanceOf(KernelException.class)
        .hasMessage(
            "lan_interface: gre0 is a tunnel without a remote address, which replies need; this machine has: wg0");
  }
}
