package dev.gander.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class EndpointTest {

  @Test
  void serversAreWrittenAsPeopleWriteThem() {
    assertThat(text("192.0.2.53")).isEqualTo("192.0.2.53:53");
    assertThat(text("2001:db8::53")).isEqualTo("[2001:db8::53]:53");
    assertThat(text("2001:0:0:1:0:0:0:1")).isEqualTo("[2001:0:0:1::1]:53");
    assertThat(text("::")).isEqualTo("[::]:53");
    assertThat(Endpoint.text(InetSocketAddress.createUnresolved("dns.example", 53)))
        .isEqualTo("dns.example:53");
    assertThat(Endpoint.text(InetAddress.ofLiteral("2001:db8:0:1::"))).isEqualTo("2001:db8:0:1::");
  }

  private static String text(String address) {
    return Endpoint.text(new InetSocketAddress(InetAddress.ofLiteral(address), 53));
  }
}
