package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.kernel.Link;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.Test;

class LanLinksTest {

  private static final int ETHERNET = 1;
  private static final int NONE = 0xfffe;

  private static Link link(int ifindex, String name, int arpType) {
    return new Link(ifindex, name, 0, 1500, arpType, 1, 0, "", "", -1);
  }

  @Test
  void whatAPatternMatchesAndCannotBeServedIsTold() {
    List<String> told = new ArrayList<>();
    Handler ear =
        new Handler() {
          @Override
          public void publish(LogRecord logged) {
            told.add(new SimpleFormatter().formatMessage(logged));
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger log = Logger.getLogger("dev.gander.intercept");
    log.addHandler(ear);
    try {
      List<Link> all = List.of(link(2, "t0", ETHERNET), link(3, "t1", NONE), link(4, "u0", NONE));
      assertThat(LanLinks.required(List.of("t*"), all))
          .extracting(Link::name)
          .containsExactly("t0");
    } finally {
      log.removeHandler(ear);
    }
    assertThat(told)
        .containsExactly(
            "lan_interface: t1 matches t*, but has no Ethernet frames (ARPHRD 65534) and is left out");
  }
}
