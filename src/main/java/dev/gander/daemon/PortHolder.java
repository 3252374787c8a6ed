package dev.gander.daemon;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Who holds a port, out of /proc: for the message that it is taken. */
public final class PortHolder {

  /**
   * A socket of a port.
   *
   * @param address IPv4 and IPv6 as bound
   * @param who {@code dnsmasq (pid 812)}; empty if it cannot be known
   */
  public record Holder(InetAddress address, String who) {}

  private static final int LOCAL = 1;
  private static final int STATE = 3;
  private static final int INODE = 9;

  private PortHolder() {}

  /** Every socket on {@code port} that takes queries; {@code protocol} as for {@link #of}. */
  public static List<Holder> all(String protocol, int port) {
    List<Holder> holders = new ArrayList<>();
    for (String table : List.of(protocol, protocol + "6")) {
      for (String[] columns : rows(Path.of("/proc/net/" + table), port)) {
        boolean takesQueries = columns[STATE].equals(protocol.equals("tcp") ? "0A" : "07");
        if (takesQueries) {
          String who = owner(Set.of("socket:[" + columns[INODE] + "]")).orElse("");
          holders.add(new Holder(address(columns[LOCAL]), who));
        }
      }
    }
    return holders;
  }

  /** Words of 32 bits, each as this machine has it in memory: the address in network order. */
  private static InetAddress address(String endpoint) {
    String digits = endpoint.substring(0, endpoint.indexOf(':'));
    ByteBuffer bytes = ByteBuffer.allocate(digits.length() / 2).order(ByteOrder.nativeOrder());
    for (int i = 0; i < digits.length(); i += 8) {
      bytes.putInt((int) Long.parseLong(digits.substring(i, i + 8), 16));
    }
    try {
      return InetAddress.getByAddress(bytes.array());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("proc(5) has addresses of 4 and 16 bytes", e);
    }
  }

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

  private static void collect(Path table, int port, Set<String> inodes) {
    rows(table, port).forEach(columns -> inodes.add("socket:[" + columns[INODE] + "]"));
  }

  /** Columns as proc(5): {@code sl local_address rem_address st … inode}. */
  private static List<String[]> rows(Path table, int port) {
    List<String[]> rows = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(table)) {
        String[] columns = line.strip().split("\\s+", -1);
        if (columns.length > INODE && columns[LOCAL].endsWith(":%04X".formatted(port))) {
          rows.add(columns);
        }
      }
    } catch (IOException e) {
      rows.clear(); // without /proc nothing can be said
    }
    return rows;
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
