package dev.gander.dial;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class EndpointTest {

  @Test
  void serversAreWrittenAsPeopleWriteThem() {
    assertThat(text("192.0.2.53")).isEqualTo("192.0.2.53:53");
    assertThat(text("2001:db8::53")).isEqualTo("[2001:db8::53]:53");
  }

  private static String text(String address) {
    return Endpoint.text(new InetSocketAddress(InetAddress.ofLiteral(address), 53));
  }
}
