package dev.gander.daemon;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Who holds a port, out of /proc: for the message that it is taken. */
final class PortHolder {

  private static final int LOCAL = 1;
  private static final int INODE = 9;

  private PortHolder() {}

  /**
   * The process that has a socket on the port, such as {@code dnsmasq (pid 812)}.
   *
   * @param protocol {@code udp} or {@code tcp}
   * @return empty if it cannot be known: other users' processes are hidden from those not root
   */
  static Optional<String> of(String protocol, InetSocketAddress endpoint) {
    Set<String> inodes = new HashSet<>();
    for (String table : List.of(protocol, protocol + "6")) {
      collect(Path.of("/proc/net/" + table), endpoint.getPort(), inodes);
    }
    return inodes.isEmpty() ? Optional.empty() : owner(inodes);
  }

  /** Columns as proc(5): {@code sl local_address rem_address st … inode}. */
  private static void collect(Path table, int port, Set<String> inodes) {
    try {
      for (String line : Files.readAllLines(table)) {
        String[] columns = line.strip().split("\\s+", -1);
        if (columns.length > INODE && columns[LOCAL].endsWith(":%04X".formatted(port))) {
          inodes.add("socket:[" + columns[INODE] + "]");
        }
      }
    } catch (IOException e) {
      inodes.clear(); // without /proc nothing can be said
    }
  }

  private static Optional<String> owner(Set<String> sockets) {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        if (holds(process, sockets)) {
          String name = Files.readString(process.resolve("comm")).strip();
          return Optional.of(name + " (pid " + process.getFileName() + ")");
        }
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return Optional.empty();
  }

  private static boolean holds(Path process, Set<String> sockets) {
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path descriptor : descriptors) {
        if (sockets.contains(Files.readSymbolicLink(descriptor).toString())) {
          return true;
        }
      }
    } catch (IOException e) {
      return false; // gone meanwhile, or another user's
    }
    return false;
  }
}
