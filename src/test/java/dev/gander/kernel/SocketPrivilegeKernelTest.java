package dev.gander.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What sockets may do as root, and what they say without its rights. */
@Tag("kernel")
class SocketPrivilegeKernelTest {

  private static final int SO_MARK = 36;

  @ParameterizedTest
  @EnumSource(IpFamily.class)
  void rootMarksSockets(IpFamily family) {
    try (UdpSocket udp = UdpSocket.open(family, Set.of());
        TcpSocket tcp = TcpSocket.open(family)) {
      assertThat(udp.mark(0x123)).isTrue();
      assertThat(Sockets.get(udp.fd(), Sockets.SOL_SOCKET, SO_MARK, 0)).isEqualTo(0x123);
      assertThat(tcp.mark(0x124)).isTrue();
      assertThat(Sockets.get(tcp.descriptor().fd(), Sockets.SOL_SOCKET, SO_MARK, 0))
          .isEqualTo(0x124);
    }
  }

  @ParameterizedTest
  @EnumSource(IpFamily.class)
  void withoutCapabilitiesASocketStaysUnmarkedAndWorks(IpFamily family) throws Exception {
    boolean marked =
        Unprivileged.call(() -> {
          try (UdpSocket udp = UdpSocket.open(family, Set.of());
              TcpSocket tcp = TcpSocket.open(family)) {
            return udp.mark(0x123) || tcp.mark(0x123);
          }
        });
    assertThat(marked).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"IPV4, 198.51.100.1", "IPV6, 2001:db8::1"})
  void aTransparentSocketBindsToAnAddressThatIsNotOurs(IpFamily family, String address) {
    try (UdpSocket socket = UdpSocket.open(family, Set.of(UdpSocket.Option.TRANSPARENT))) {
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
      assertThat(socket.localAddress().getAddress()).isEqualTo(InetAddress.ofLiteral(address));
    }
  }

  @ParameterizedTest
  @EnumSource(IpFamily.class)
  void withoutCapabilitiesATransparentSocketIsRefusedWithTheRemedy(IpFamily family) {
    Set<UdpSocket.Option> options = Set.of(UdpSocket.Option.TRANSPARENT);
    assertThatThrownBy(() -> Unprivileged.call(() -> UdpSocket.open(family, options)))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            KernelException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPERM))
        .hasMessageContaining("CAP_NET_ADMIN");
  }
}
