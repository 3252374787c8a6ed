package dev.gander.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.gander.config.DnsSettings.Bind;
import dev.gander.config.DnsSettings.Upstream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class BuiltInConfigurationTest {

  @Test
  void itNeedsNoRootAndAsksTheSystemsResolvers() throws Exception {
    InetAddress ipv6 = InetAddress.getByName("2001:db8::53");
    InetAddress ipv4 = InetAddress.getByName("192.0.2.53");
    Settings settings =
        ConfigFile.builtIn(
            List.of(new InetSocketAddress(ipv6, 53), new InetSocketAddress(ipv4, 5353)));

    assertThat(settings.dns().bind())
        .extracting(Bind::protocol, Bind::host, Bind::port)
        .containsExactly(tuple(Bind.Protocol.TCP_UDP, "127.0.0.1", 5300));
    assertThat(settings.dns().upstreams())
        .extracting(Upstream::host, Upstream::port)
        .containsExactly(tuple("2001:db8:0:0:0:0:0:53", 53), tuple("192.0.2.53", 5353));
    assertThat(settings.dns().request().fallback().name()).isEqualTo("system");
    assertThat(settings.dns().upstreamGroups().getFirst().upstreams())
        .containsExactly("resolver1", "resolver2");
    assertThat(settings.global().lanInterfaces()).isEmpty();
    assertThat(settings.unused()).isEmpty();
  }

  @Test
  void withoutResolversItAsksTheLoopback() {
    assertThat(ConfigFile.builtIn(List.of()).dns().upstreams())
        .extracting(Upstream::host)
        .containsExactly("127.0.0.1");
  }
}
