package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.kernel.Link;
import dev.gander.observe.HeardLog;
import java.util.List;
import org.junit.jupiter.api.Test;

class LanLinksTest {

  private static final int ETHERNET = 1;
  private static final int NONE = 0xfffe;

  private static Link link(int ifindex, String name, int arpType) {
    return new Link(ifindex, name, 0, 1500, arpType, 1, 0, "", "", -1);
  }

  @Test
  void whatAPatternMatchesAndCannotBeServedIsTold() {
    try (HeardLog log = new HeardLog("dev.gander.intercept")) {
      List<Link> all = List.of(link(2, "t0", ETHERNET), link(3, "t1", NONE), link(4, "u0", NONE));
      assertThat(LanLinks.required(List.of("t*"), all))
          .extracting(Link::name)
          .containsExactly("t0");
      assertThat(log.lines())
          .containsExactly(
              "lan_interface: t1 matches t*, but has no Ethernet frames (ARPHRD 65534) and is left out");
    }
  }
}
