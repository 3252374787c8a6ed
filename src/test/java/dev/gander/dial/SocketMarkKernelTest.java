package dev.gander.dial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.kernel.IpFamily;
import dev.gander.kernel.UdpSocket;
import dev.gander.kernel.Unprivileged;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class SocketMarkKernelTest {

  @Test
  void theDefaultMarkIsLeftOutWhereItMayNotBeSet() throws Exception {
    SocketMark mark = SocketMark.of(0);
    assertThat(Unprivileged.call(() -> markOne(mark))).isTrue();
  }

  @Test
  void aMarkTheConfigurationNamesMustBeSet() throws Exception {
    SocketMark mark = SocketMark.of(0x200);
    assertThat(markOne(mark)).isTrue();
    assertThatThrownBy(() -> Unprivileged.call(() -> markOne(mark)))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(IOException.class)
        .hasMessageContaining("so_mark_from_dae")
        .hasMessageContaining("CAP_NET_ADMIN");
  }

  private static boolean markOne(SocketMark mark) throws IOException {
    try (UdpSocket socket = UdpSocket.open(IpFamily.IPV4, Set.of())) {
      mark.on(socket);
      return true;
    }
  }
}
