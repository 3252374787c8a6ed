package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemResolversTest {

  @TempDir private Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("resolv.conf"), text);
  }

  @Test
  void readsNameServersInTheirOrder() throws IOException {
    Path file =
        file(
            """
            # comment
            search example.org
            nameserver 192.0.2.1
            nameserver\t2001:db8::1 # x
            options edns0
            nameserver
            """);
    assertThat(SystemResolvers.read(file))
        .containsExactly(
            new InetSocketAddress("192.0.2.1", 53), new InetSocketAddress("2001:db8::1", 53));
  }

  @Test
  void oneThatIsNoAddressIsLeftOutAndTheOthersStay() throws IOException {
    assertThat(SystemResolvers.read(file("nameserver nonsense\nnameserver 192.0.2.1\n")))
        .containsExactly(new InetSocketAddress("192.0.2.1", 53));
  }

  @Test
  void withoutAnyItIsThisMachine() throws IOException {
    InetSocketAddress local = new InetSocketAddress(InetAddress.getLoopbackAddress(), 53);
    assertThat(SystemResolvers.read(file("search example.org\n"))).containsExactly(local);
    assertThat(SystemResolvers.read(folder.resolve("absent"))).containsExactly(local);
  }
}
