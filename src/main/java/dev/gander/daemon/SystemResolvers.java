package dev.gander.daemon;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The name servers this machine is set up with, resolv.conf(5). */
final class SystemResolvers {

  private static final System.Logger LOG = System.getLogger("dev.gander.daemon");
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
          add(words[1], file, resolvers);
        }
      }
    } catch (IOException e) {
      LOG.log(Level.WARNING, "{0}: {1}", file, Failures.reason(e));
    }
    return resolvers.isEmpty()
        ? List.of(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), PORT))
        : resolvers;
  }

  private static void add(String address, Path file, List<InetSocketAddress> resolvers) {
    try {
      resolvers.add(new InetSocketAddress(InetAddress.ofLiteral(address), PORT));
    } catch (IllegalArgumentException e) {
      LOG.log(Level.WARNING, "{0}: nameserver ''{1}'' is no address", file, address);
    }
  }
}
