package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.intercept.Leak;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

class LeakReportTest {

  private static final int TCP = 6;

  @Test
  void addressesAreAsPeopleWriteThem() {
    Leak leak =
        new Leak(
            InetAddress.ofLiteral("2001:db8::2"),
            InetAddress.ofLiteral("2001:db8:0:0:5::53"),
            853,
            TCP,
            3,
            0,
            "",
            0,
            "",
            0x0200_0000_0a0bL,
            2,
            1,
            0);

    Object rows = LeakReport.of(List.of(leak), _ -> "lan0", 0).get("leaks");

    assertThat(rows)
        .asInstanceOf(InstanceOfAssertFactories.list(Map.class))
        .singleElement()
        .satisfies(row -> {
          assertThat(row.get("source")).isEqualTo("2001:db8::2");
          assertThat(row.get("asked")).isEqualTo("2001:db8::5:0:0:53");
          assertThat(row.get("mac")).isEqualTo("02:00:00:00:0a:0b");
        });
  }
}
