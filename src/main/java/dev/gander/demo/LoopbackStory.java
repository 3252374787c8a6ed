package dev.gander.demo;

import dev.gander.clock.Clock;
import dev.gander.daemon.StartException;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The half that needs no rights: the same daemon as a name server on loopback. */
final class LoopbackStory {

  private final Story story;
  private final Lab lab;
  private final Launcher launcher;
  private final Clock clock;

  LoopbackStory(Story story, Lab lab, Launcher launcher, Clock clock) {
    this.story = story;
    this.lab = lab;
    this.launcher = launcher;
    this.clock = clock;
  }

  void tell(Runnable wait) throws IOException, DemoFailure, InterruptedException, StartException {
    story.say(
        """

        Without root this is the smaller half: gander as a name server on loopback.
        Left out, for they need root: the packets taken out of the kernel by eBPF, the answer
        from an address nobody has, and what is left after kill -9.
        """);
    try (LoopbackServer upstream = LoopbackServer.start()) {
      int port = freePort();
      GanderProcess gander = start(upstream, port);
      ask(port);
      reject(port);
      status(gander);
      reloadABrokenFile(port);
      wait.run();
      end(gander);
    }
  }

  private static int freePort() throws IOException {
    try (DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
      return socket.getLocalPort();
    }
  }

  private Path runtimeDirectory() {
    return lab.file("run");
  }

  private Path configuration() {
    return lab.file("demo.dae");
  }

  static String configuration(int upstreamPort, int port) {
    return """
    global {
        log_level: info
    }
    dns {
        bind: 'tcp+udp://127.0.0.1:%d'
        upstream {
            loopback: 'udp://127.0.0.1:%d'
        }
        routing {
            request {
                qname(full: ads.example.org) -> reject
                fallback: loopback
            }
        }
    }
    routing {
        fallback: direct
    }
    """
        .formatted(port, upstreamPort);
  }

  private GanderProcess start(LoopbackServer upstream, int port) throws IOException, DemoFailure {
    story.step("gander starts, with a server on loopback behind it");
    String text = configuration(upstream.port(), port);
    lab.write("demo.dae", text);
    story.command("cat " + configuration());
    story.output(text);
    story.command(
        "%s run -c %s --runtime-dir %s &"
            .formatted(launcher.shown(), configuration(), runtimeDirectory()));
    GanderProcess gander =
        GanderProcess.start(lab, List.of(), launcher, configuration(), runtimeDirectory());
    story.output(gander.log());
    story.check(gander.isAlive(), "gander runs, process " + gander.pid());
    return gander;
  }

  private String query(String question, int port) {
    return gander("query", question, "@127.0.0.1:" + port).output();
  }

  private Tool.Result gander(String... words) {
    story.command(launcher.shown() + " " + String.join(" ", words));
    Tool.Result result = Tool.run(launcher.command(words));
    story.output(result.output());
    return result;
  }

  private void ask(int port) {
    story.step("A question, twice: the second answer comes out of the cache");
    String first = query("www.example.org", port);
    story.check(first.contains("NOERROR") && first.contains("192.0.2.80"), "the first is answered");
    long start = clock.nanoTime();
    lab.pause(Duration.ofMillis(1100));
    String second = query("www.example.org", port);
    long ttl = ttl(second);
    story.check(
        ttl > 0 && ttl < 300,
        "the second too, its TTL counted down from 300 to "
            + ttl
            + " in "
            + Duration.ofNanos(clock.nanoTime() - start).toMillis() / 1000.0
            + " s");
    Tool.Result tcp = gander("query", "www.example.org", "AAAA", "@127.0.0.1:" + port, "--tcp");
    story.check(tcp.output().contains("2001:db8::80"), "and one over TCP");
  }

  private static long ttl(String output) {
    return output
        .lines()
        .filter(line -> line.startsWith("www.example.org.") && line.contains(" A "))
        .mapToLong(line -> Long.parseLong(Tool.words(line).get(1)))
        .findFirst()
        .orElse(-1);
  }

  private void reject(int port) {
    story.step("A name that a rule rejects");
    String output = query("ads.example.org", port);
    story.check(
        output.contains("NOERROR") && !output.contains("192.0.2.80"),
        "it is answered at once, with nothing");
  }

  private void status(GanderProcess gander) throws IOException, StartException {
    story.step("What gander has counted");
    gander("status", "--runtime-dir", runtimeDirectory().toString());
    boolean counted =
        gander.status().get("queries") instanceof Map<?, ?> queries
            && queries.get("received") instanceof Long received
            && received >= 4;
    story.check(counted, "every query is counted");
  }

  private void reloadABrokenFile(int port) throws IOException {
    story.step("A broken configuration changes nothing");
    String text = Files.readString(configuration());
    story.command("sed -i 's/fallback: loopback/fallbck: loopback/' " + configuration());
    lab.write("demo.dae", text.replace("fallback: loopback", "fallbck: loopback"));
    Tool.Result result = gander("reload", "--runtime-dir", runtimeDirectory().toString());
    story.check(
        result.status() == 1 && result.output().contains("demo.dae:"),
        "reload says where the mistake is, and ends with exit status 1");
    story.check(query("www.example.org", port).contains("192.0.2.80"), "the old rules go on");
  }

  private void end(GanderProcess gander) throws InterruptedException {
    story.step("SIGTERM");
    story.command("kill " + gander.pid());
    story.check(
        gander.terminate(Duration.ofSeconds(2)) == 0,
        "it ends within two seconds, with exit status 0");
    story.check(
        !Files.exists(runtimeDirectory()), "its run-time directory is gone with all its files");
  }
}
