package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Client, router and internet as network namespaces, an unbound in the internet, and daemons in the
 * router: processes of their own, by nsenter.
 */
final class RouterLab implements AutoCloseable {

  /** Client, second client, router, internet. */
  private static final List<String> NAMESPACES = List.of("c", "d", "r", "i");

  /** As src/test/peers/tag.bpf.c has it. */
  static final int VLAN = 7;

  private final String prefix;
  private final Path folder;
  private final String zones;
  private final List<Process> processes = new ArrayList<>();

  /** {@code letter} tells labs of one test apart. */
  RouterLab(String letter, Path folder) throws Exception {
    this(letter, folder, "");
  }

  /** {@code zones} is more for the unbound's server section. */
  RouterLab(String letter, Path folder, String zones) throws Exception {
    this.zones = zones;
    this.prefix = "gt" + ProcessHandle.current().pid() + letter;
    this.folder = Files.createDirectories(folder);
    removeLeftovers();
    for (String namespace : List.of("c", "r", "i")) {
      must("ip netns add " + prefix + namespace);
      must("ip -n " + prefix + namespace + " link set lo up");
    }
    plugClient();
    must("ip -n %r link add wan0 type veth peer name eth0 netns %i");
    up("%r", "wan0", "203.0.113.1/24", "2001:db8:2::1/64");
    up("%i", "eth0", "203.0.113.53/24", "2001:db8:2::53/64");
    must("ip -n %i route add default via 203.0.113.1");
    must("ip netns exec %r sysctl -qw net.ipv4.ip_forward=1");
    startUnbound();
  }

  /** The client, into a new lan0 of the router. */
  void plugClient() throws Exception {
    plugClient("lan0");
  }

  void plugClient(String link) throws Exception {
    must("ip -n %r link add " + link + " type veth peer name eth0 netns %c");
    up("%c", "eth0", "192.0.2.2/24", "2001:db8:1::2/64");
    up("%r", link, "192.0.2.1/24", "2001:db8:1::1/64");
    must("ip -n %c route add default via 192.0.2.1");
    must("ip -n %c -6 route add default via 2001:db8:1::1");
  }

  /**
   * All that the client sends has a tag of VLAN {@link #VLAN}, and what comes without it is lost.
   * Neighbours are written down: nobody else answers on that VLAN.
   */
  void tagTheClient() throws Exception {
    String mac = run("ip netns exec %r cat /sys/class/net/lan0/address").strip();
    must("ip -n %c neigh replace 192.0.2.1 dev eth0 lladdr " + mac);
    must("ip -n %c neigh replace 2001:db8:1::1 dev eth0 lladdr " + mac);
    Path object = folder.resolve("tag.o");
    String headers = "-I/usr/include/" + System.getProperty("os.arch").replace("amd64", "x86_64");
    must(
        "clang -O2 -g -target bpf "
            + headers
            + "-linux-gnu -c src/test/peers/tag.bpf.c -o "
            + object);
    must("ip netns exec %c tc qdisc add dev eth0 clsact");
    must("ip netns exec %c tc filter add dev eth0 egress bpf da obj " + object + " sec tc/push");
    must("ip netns exec %c tc filter add dev eth0 ingress bpf da obj " + object + " sec tc/pop");
  }

  /** A second client, %d, behind the router's lan1. */
  void plugSecondClient() throws Exception {
    must("ip netns add %d");
    must("ip -n %d link set lo up");
    must("ip -n %r link add lan1 type veth peer name eth0 netns %d");
    up("%d", "eth0", "198.18.5.2/24", "2001:db8:5::2/64");
    up("%r", "lan1", "198.18.5.1/24", "2001:db8:5::1/64");
    must("ip -n %d route add default via 198.18.5.1");
    must("ip -n %d -6 route add default via 2001:db8:5::1");
  }

  private void up(String namespace, String link, String four, String six) throws Exception {
    must("ip -n " + namespace + " addr add " + four + " dev " + link);
    must("ip -n " + namespace + " addr add " + six + " dev " + link + " nodad");
    must("ip -n " + namespace + " link set " + link + " up");
  }

  private void startUnbound() throws Exception {
    Path configuration = folder.resolve("unbound.conf");
    Files.writeString(
        configuration,
        """
        server:
          interface: 203.0.113.53
          access-control: 0.0.0.0/0 allow
          do-daemonize: no
          username: ""
          chroot: ""
          pidfile: ""
          use-syslog: no
          local-zone: "example." redirect
          local-data: "example. 300 IN A 203.0.113.80"
          local-data: "example. 300 IN AAAA 2001:db8:2::80"
        %s
        remote-control:
          control-enable: no
        """
            .formatted(zones));
    start("ip netns exec %i unbound -d -c " + configuration, "unbound.log");
    Eventually.holds(() ->
        run("ip netns exec %c kdig +timeout=1 +retry=0 @203.0.113.53 a.example A")
            .contains("203.0.113.80"));
  }

  /** A configuration that intercepts lan0 and asks the unbound; {@code rules} come first. */
  static String configuration(String rules) {
    return """
    global {
      lan_interface: lan0
    }
    dns {
      upstream { it: 'udp://203.0.113.53:53' }
      routing {
        request {
          %s
          fallback: it
        }
      }
    }
    routing { fallback: direct }
    """
        .formatted(rules);
  }

  String named(String line) {
    String named = line;
    for (String namespace : NAMESPACES) {
      named = named.replace("%" + namespace, prefix + namespace);
    }
    return named;
  }

  /** The client's network namespace. */
  String client() {
    return prefix + "c";
  }

  /** What a command line, in which %c %d %r %i name the namespaces, writes. */
  String run(String line) throws IOException {
    Process process =
        new ProcessBuilder(List.of(named(line).split(" ", -1))).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.onExit().join();
    return output;
  }

  void must(String line) throws Exception {
    Process process =
        new ProcessBuilder(List.of(named(line).split(" ", -1))).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(line + ": " + output).isZero();
  }

  /** Starts something that goes on by itself; {@link #close} kills it. */
  Process start(String line, String log) throws IOException {
    return start(List.of(named(line).split(" ", -1)), log);
  }

  private Process start(List<String> command, String log) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(log).toFile())
            .start();
    processes.add(process);
    return process;
  }

  /** Starts a daemon in the router; does not wait for it. */
  Process launch(String configuration, String name) throws IOException {
    RunningDaemon.write(folder, configuration);
    return start(gander("run", name), name + ".log");
  }

  private List<String> gander(String command, String name) {
    return List.of(
        "nsenter",
        "--net=/run/netns/" + prefix + "r",
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED",
        "-Xmx64m",
        "-XX:+UseSerialGC",
        "-cp",
        System.getProperty("java.class.path"),
        "dev.gander.cli.Main",
        command,
        "-c",
        folder.resolve("test.dae").toString(),
        "--runtime-dir",
        folder.resolve(name).toString());
  }

  /** What {@code gander doctor} says in the router of the configuration; its status comes last. */
  String examine(String configuration) throws Exception {
    RunningDaemon.write(folder, configuration);
    Process process = new ProcessBuilder(gander("doctor", "run")).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return output + "status " + process.waitFor();
  }

  /** Starts a daemon in the router and waits until it serves. */
  Process serve(String configuration) throws Exception {
    Process daemon = launch(configuration, "run");
    Eventually.holds(() -> {
      assertThat(daemon.isAlive()).as(log("run")).isTrue();
      return isServing(daemon);
    });
    return daemon;
  }

  private boolean isServing(Process daemon) throws IOException {
    try {
      return Long.valueOf(daemon.pid()).equals(status().get("pid"));
    } catch (StartException e) {
      return false;
    }
  }

  ControlClient control() {
    return new ControlClient(folder.resolve("run"));
  }

  Map<String, Object> status() throws IOException, StartException {
    return control().status(Duration.ofSeconds(30));
  }

  Progress reload(String configuration) throws IOException, StartException {
    RunningDaemon.write(folder, configuration);
    return control().reload(false, Duration.ofSeconds(30), step -> {});
  }

  String log(String name) throws IOException {
    return Files.readString(folder.resolve(name + ".log"));
  }

  Path runtimeDirectory() {
    return folder.resolve("run");
  }

  /** With these a question that nobody is to answer takes a second only. */
  static final String BRIEFLY = " +timeout=1 +retry=0";

  /** What the client gets from {@code server} for the address of {@code name}. */
  String ask(String server, String name) throws IOException {
    return run("ip netns exec %c kdig +timeout=10 +retry=1 @" + server + " " + name);
  }

  /** What test runs that were killed left: namespaces, and the programs still in them. */
  private void removeLeftovers() throws IOException {
    Matcher names = Pattern.compile("gt(\\d+)[a-z]+").matcher(run("ip netns list"));
    while (names.find()) {
      if (ProcessHandle.of(Long.parseLong(names.group(1))).isEmpty()) {
        run("ip netns pids " + names.group())
            .lines()
            .map(Long::valueOf)
            .forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        run("ip netns del " + names.group());
      }
    }
  }

  private void removeNamespaces() throws IOException {
    for (String namespace : NAMESPACES) {
      if (Files.exists(Path.of("/run/netns/" + prefix + namespace))) {
        run("ip netns del " + prefix + namespace);
      }
    }
  }

  @Override
  public void close() throws IOException {
    for (Process process : processes) {
      process.destroyForcibly().onExit().join();
    }
    removeNamespaces();
  }
}
