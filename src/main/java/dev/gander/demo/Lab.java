package dev.gander.demo;

import dev.gander.clock.Clock;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Three network namespaces with cables between them, a real unbound in the last, and a folder for
 * files. Its names carry this process's id; {@link #removeLeftovers} knows by it whose lab a dead
 * demo left behind.
 */
final class Lab implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("dev.gander.demo");
  private static final String PREFIX = "gander-demo-";
  private static final Path NAMESPACES = Path.of("/run/netns");
  private static final Path TEMPORARY = Path.of("/tmp");

  private final Clock clock;
  private final String prefix;
  private final Path folder;
  private final List<Process> processes = new ArrayList<>();
  private @Nullable Process unbound;
  private boolean closed;

  Lab(Clock clock) {
    this.clock = clock;
    prefix = PREFIX + ProcessHandle.current().pid() + "-";
    folder = TEMPORARY.resolve(PREFIX + ProcessHandle.current().pid());
  }

  /** Whoever closes may be another thread, at Ctrl-C: nothing may be begun after that. */
  private void mustBeOpen() throws DemoFailure {
    if (closed) {
      throw new DemoFailure("interrupted");
    }
  }

  String client() {
    return prefix + "client";
  }

  String router() {
    return prefix + "router";
  }

  String internet() {
    return prefix + "internet";
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  void makeFolder() throws IOException {
    Files.createDirectory(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  /** A file only its owner may touch, as gander asks of a configuration. */
  void write(String name, String content) throws IOException {
    Path file = file(name);
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
  }

  /** The namespaces, the cables, the addresses and the routes. */
  synchronized void build() throws DemoFailure {
    mustBeOpen();
    List<String> commands = new ArrayList<>();
    for (String namespace : List.of(client(), router(), internet())) {
      commands.add("ip netns add " + namespace);
      commands.add("ip -n " + namespace + " link set lo up");
    }
    commands.add("ip -n %r link add lan0 type veth peer name eth0 netns %c");
    commands.add("ip -n %r link add wan0 type veth peer name eth0 netns %i");
    addAddresses(commands, "%c", "eth0", "192.0.2.2/24", "2001:db8:1::2/64");
    addAddresses(commands, "%r", "lan0", "192.0.2.1/24", "2001:db8:1::1/64");
    addAddresses(commands, "%r", "wan0", "203.0.113.1/24", "2001:db8:2::1/64");
    addAddresses(commands, "%i", "eth0", "203.0.113.53/24", "2001:db8:2::53/64");
    commands.add("ip -n %c route add default via 192.0.2.1");
    commands.add("ip -n %c -6 route add default via 2001:db8:1::1");
    commands.add("ip -n %r route add default via 203.0.113.53");
    commands.add("ip -n %r -6 route add default via 2001:db8:2::53");
    commands.add("ip -n %i route add default via 203.0.113.1");
    commands.add("ip -n %i -6 route add default via 2001:db8:2::1");
    commands.add("ip netns exec %r sysctl -qw net.ipv4.ip_forward=1");
    commands.add("ip netns exec %r sysctl -qw net.ipv6.conf.all.forwarding=1");
    for (String command : commands) {
      Tool.must(named(command));
    }
  }

  private static void addAddresses(
      List<String> commands, String namespace, String link, String four, String six) {
    commands.add("ip -n " + namespace + " addr add " + four + " dev " + link);
    commands.add("ip -n " + namespace + " addr add " + six + " dev " + link + " nodad");
    commands.add("ip -n " + namespace + " link set " + link + " up");
  }

  /** {@code command} with %c, %r and %i replaced by the namespaces' names. */
  String named(String command) {
    return command.replace("%c", client()).replace("%r", router()).replace("%i", internet());
  }

  /** Starts unbound in the internet namespace and waits until it answers. */
  void startUnbound(List<String> localData) throws IOException, DemoFailure {
    StringBuilder configuration =
        new StringBuilder(
            """
            server:
              interface: 203.0.113.53
              interface: 2001:db8:2::53
              access-control: 0.0.0.0/0 allow
              access-control: ::0/0 allow
              do-daemonize: no
              username: ""
              chroot: ""
              pidfile: ""
              use-syslog: no
              local-zone: "example.org." static
            """);
    localData.forEach(line -> configuration.append("  local-data: \"" + line + "\"\n"));
    configuration.append("remote-control:\n  control-enable: no\n");
    write("unbound.conf", configuration.toString());
    unbound =
        start(
            Tool.words(named("ip netns exec %i unbound -d -c ") + file("unbound.conf")),
            file("unbound.log"));
    String probe = named("ip netns exec %i kdig +timeout=1 +retry=0 @203.0.113.53 example.org SOA");
    for (int tries = 0; tries < 50; tries++) {
      if (Tool.sh(probe).output().contains("status: ")) {
        return;
      }
      pause(Duration.ofMillis(100));
    }
    throw new DemoFailure("unbound does not answer: " + Files.readString(file("unbound.log")));
  }

  /** Starts a program that goes on by itself; {@link #close} ends it. */
  synchronized Process start(List<String> command, Path log) throws IOException, DemoFailure {
    mustBeOpen();
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    process.getOutputStream().close();
    processes.add(process);
    return process;
  }

  void pause(Duration duration) {
    try {
      clock.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends unbound ahead of the rest. */
  void stopUnbound() {
    if (unbound != null) {
      end(unbound);
    }
  }

  private static void end(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(3, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the programs, removes the namespaces and the folder; whatever is there of them. */
  @Override
  public synchronized void close() {
    closed = true;
    processes.forEach(Lab::end);
    for (String namespace : List.of(client(), router(), internet())) {
      if (Files.exists(NAMESPACES.resolve(namespace))) {
        Tool.sh("ip netns del " + namespace);
      }
    }
    removeFolder(folder);
  }

  /** Names of namespaces and folders of any demo that exist now. */
  static List<String> remains() {
    List<String> names = new ArrayList<>();
    for (Path place : List.of(NAMESPACES, TEMPORARY)) {
      try (Stream<Path> entries = Files.list(place)) {
        entries
            .map(entry -> entry.getFileName().toString())
            .filter(name -> name.startsWith(PREFIX))
            .forEach(names::add);
      } catch (NoSuchFileException e) {
        LOG.log(Level.DEBUG, "no namespace was ever made on this machine");
      } catch (IOException e) {
        LOG.log(Level.WARNING, "cannot list {0}: {1}", place, e.getMessage());
      }
    }
    return names;
  }

  /** What is still there of this lab. */
  List<String> ownRemains() {
    String own = prefix.substring(0, prefix.length() - 1);
    return remains().stream().filter(name -> name.equals(own) || name.startsWith(prefix)).toList();
  }

  /**
   * Removes the labs of demos that were killed, with the programs still in them.
   *
   * @return the names of what was removed
   */
  static List<String> removeLeftovers() {
    List<String> removed = new ArrayList<>();
    for (String name : remains()) {
      String id = name.substring(PREFIX.length()).replaceFirst("-.*", "");
      if (!id.matches("\\d{1,9}") || isDemo(Long.parseLong(id))) {
        continue;
      }
      if (Files.exists(NAMESPACES.resolve(name))) {
        for (String pid : Tool.sh("ip netns pids " + name).output().lines().toList()) {
          if (pid.matches("\\d+")) {
            ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
          }
        }
        Tool.sh("ip netns del " + name);
      }
      removeFolder(TEMPORARY.resolve(name));
      removed.add(name);
    }
    return removed;
  }

  private static boolean isDemo(long pid) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/cmdline")).contains("demo");
    } catch (IOException e) {
      return false; // no such process
    }
  }

  static void removeFolder(Path folder) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> entries = Files.walk(folder)) {
      for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(entry);
      }
    } catch (IOException e) {
      LOG.log(Level.WARNING, "cannot remove {0}: {1}", folder, e.getMessage());
    }
  }
}
