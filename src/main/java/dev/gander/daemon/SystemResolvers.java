package dev.gander.daemon;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The name servers this machine is set up with, resolv.conf(5). */
final class SystemResolvers {

  static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");
  private static final int PORT = 53;

  private SystemResolvers() {}

  /** In the file's order; 127.0.0.1 where it names none or cannot be read, as libc has it. */
  static List<InetSocketAddress> read(Path file) {
    List<InetSocketAddress> resolvers = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(file)) {
        String[] words = line.strip().split("\\s+", -1);
        if (words.length >= 2 && words[0].equals("nameserver")) {
          resolvers.add(new InetSocketAddress(InetAddress.ofLiteral(words[1]), PORT));
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      System.getLogger("dev.gander.daemon")
          .log(System.Logger.Level.WARNING, "{0}: {1}", file, Failures.reason(e));
    }
    return resolvers.isEmpty()
        ? List.of(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), PORT))
        : resolvers;
  }
}
