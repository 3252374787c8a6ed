package dev.gander.demo;

import dev.gander.daemon.StartException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The whole journey: a client, a router where gander runs, and an internet with one server. */
final class RouterStory {

  private static final String NOBODY_FOUR = "198.51.100.53";
  private static final String NOBODY_SIX = "2001:db8:ffff::53";
  private static final Pattern TTL = Pattern.compile("(?m)^\\S+\\s+(\\d+)\\s+IN\\s+A\\s");
  private static final Pattern TIME = Pattern.compile("\\(UDP\\) in ([0-9.]+) ms");
  private static final List<String> INTERNET =
      List.of(
          "www.example.org. 300 IN A 203.0.113.80",
          "www.example.org. 300 IN AAAA 2001:db8:2::80",
          "ads.example.org. 300 IN A 203.0.113.66",
          "late.example.org. 300 IN A 203.0.113.90");
  private static final String CONFIGURATION =
      """
      global {
          lan_interface: lan0
      }
      dns {
          upstream {
              internet: 'udp://203.0.113.53:53'
          }
          routing {
              request {
                  qname(suffix: ads.example.org) -> reject
                  fallback: internet
              }
          }
      }
      routing {
          fallback: direct
      }
      """;

  private final Story story;
  private final Lab lab;
  private final Launcher launcher;

  RouterStory(Story story, Lab lab, Launcher launcher) {
    this.story = story;
    this.lab = lab;
    this.launcher = launcher;
  }

  void tell(Runnable wait) throws IOException, DemoFailure, InterruptedException, StartException {
    Files.createDirectory(runtimeDirectory());
    buildTheWorld();
    GanderProcess gander = startGander();
    askNobody();
    askNobodyOverIpv6();
    askAgain();
    askForARejectedName();
    new KernelStory(story, lab).tell(gander);
    countPackets(gander);
    List<AttachedPrograms.Link> attached = lookIntoTheKernel(gander);
    reload();
    reloadABrokenFile();
    wait.run();
    kill(gander, attached);
    endInOrder(startAgain());
  }

  private Path runtimeDirectory() {
    return lab.file("run");
  }

  private Path configuration() {
    return lab.file("demo.dae");
  }

  private String kdig(String server, String question) {
    return lab.named("ip netns exec %c kdig +timeout=2 +retry=1 @" + server + " " + question);
  }

  private void buildTheWorld() throws IOException, DemoFailure {
    story.say(
        """

        client                      router                        internet
        %s
        192.0.2.2 ────────── lan0  gander  wan0 ─────────── 203.0.113.53 (unbound)
        2001:db8:1::2                                       2001:db8:2::53
        """
            .formatted(lab.client()));
    story.step("Three network namespaces, and a real name server in the farthest");
    story.command(lab.named("ip netns add %c; ip netns add %r; ip netns add %i; …"));
    lab.build();
    lab.startUnbound(INTERNET);
    Tool.Result direct = story.run(kdig("203.0.113.53", "www.example.org +short"));
    story.check(
        direct.output().contains("203.0.113.80"), "the client reaches the server by its address");
    Tool.Result nobody =
        story.run(
            lab.named(
                "ip netns exec %c kdig +timeout=1 +retry=0 @" + NOBODY_FOUR + " www.example.org"));
    story.check(
        !nobody.output().contains("status: "),
        "nobody has the address " + NOBODY_FOUR + ": without gander, no answer");
  }

  private GanderProcess startGander() throws IOException, DemoFailure {
    story.step("gander starts in the router");
    lab.write("demo.dae", CONFIGURATION);
    story.command("cat " + configuration());
    story.output(CONFIGURATION);
    Tool.Result valid = Tool.run(launcher.command("validate", "-c", configuration().toString()));
    story.command(launcher.shown() + " validate -c " + configuration());
    story.output(valid.output());
    story.check(valid.ok(), "the configuration is valid");
    return run();
  }

  private GanderProcess run() throws IOException, DemoFailure {
    // nsenter, not `ip netns exec`: the latter mounts a /sys of its own and hides the bpf file
    // system.
    String enter = lab.named("nsenter --net=/run/netns/%r");
    story.command(
        "%s %s run -c %s --runtime-dir %s &"
            .formatted(enter, launcher.shown(), configuration(), runtimeDirectory()));
    GanderProcess gander =
        GanderProcess.start(lab, Tool.words(enter), launcher, configuration(), runtimeDirectory());
    story.output(gander.log());
    story.check(gander.isAlive(), "gander runs, process " + gander.pid());
    return gander;
  }

  private void askNobody() {
    story.step("The client asks the address that nobody has");
    String output = story.run(kdig(NOBODY_FOUR, "www.example.org")).output();
    story.check(
        output.contains("status: NOERROR") && output.contains("203.0.113.80"),
        "it is answered, with what the server in the internet knows");
    story.check(
        output.contains("From " + NOBODY_FOUR + "@53(UDP)"),
        "the answer comes from " + NOBODY_FOUR + ": the client cannot tell");
  }

  private void askNobodyOverIpv6() {
    story.step("The same over IPv6");
    String output = story.run(kdig(NOBODY_SIX, "www.example.org AAAA")).output();
    story.check(
        output.contains("status: NOERROR") && output.contains("2001:db8:2::80"),
        "it is answered too");
    story.check(
        output.contains("From " + NOBODY_SIX + "@53(UDP)"), "from " + NOBODY_SIX + " itself");
  }

  private void askAgain() {
    story.step("The same question again, of another address");
    lab.stopUnbound();
    story.say(" (the name server is switched off, and two seconds pass)");
    lab.pause(Duration.ofSeconds(2));
    String output = story.run(kdig("198.51.100.99", "www.example.org")).output();
    double ttl = number(TTL, output);
    story.check(
        output.contains("203.0.113.80"), "it is answered out of the cache, without the server");
    story.check(ttl > 0 && ttl < 300, "and its TTL has counted down from 300 to " + (long) ttl);
    String third = story.run(kdig("198.51.100.99", "www.example.org")).output();
    story.check(
        number(TIME, third) < 50, "in " + number(TIME, third) + " ms, as the client saw it");
  }

  private static double number(Pattern pattern, String output) {
    Matcher matcher = pattern.matcher(output);
    return matcher.find() ? Double.parseDouble(matcher.group(1)) : -1;
  }

  private void askForARejectedName() throws IOException, DemoFailure {
    story.step("A name that a rule rejects");
    lab.startUnbound(INTERNET);
    String output = story.run(kdig(NOBODY_FOUR, "ads.example.org +edns")).output();
    story.check(
        output.contains("status: NOERROR") && !output.contains("203.0.113.66"),
        "it is answered at once, with nothing: the server knows an address, the rule hides it");
  }

  private void countPackets(GanderProcess gander) throws IOException, StartException {
    story.step("What gander and its programs in the kernel have counted");
    gander("status");
    Map<String, Object> status = gander.status();
    long received = count(status, "queries", "received");
    long byKernel = KernelStory.answered(status);
    story.check(
        received >= 2 && received + byKernel >= 8,
        "gander received %d queries; %d more were answered in the kernel"
            .formatted(received, byKernel));
    story.check(
        countAll(status.getOrDefault("kernel", Map.of())) > 0,
        "the programs in the kernel counted their packets");
  }

  static long count(Map<String, Object> status, String section, String name) {
    return status.get(section) instanceof Map<?, ?> counters
            && counters.get(name) instanceof Long value
        ? value
        : -1;
  }

  private static long countAll(Object counters) {
    return switch (counters) {
      case Map<?, ?> map -> map.values().stream().mapToLong(RouterStory::countAll).sum();
      case Long value -> value;
      default -> 0;
    };
  }

  private Tool.Result gander(String command) {
    story.command(launcher.shown() + " " + command + " --runtime-dir " + runtimeDirectory());
    Tool.Result result =
        Tool.run(launcher.command(command, "--runtime-dir", runtimeDirectory().toString()));
    story.output(result.output());
    return result;
  }

  private List<AttachedPrograms.Link> lookIntoTheKernel(GanderProcess gander) throws IOException {
    story.step("What the kernel says is attached");
    List<AttachedPrograms.Link> attached = AttachedPrograms.of(gander.pid());
    String links = story.run(lab.named("ip -n %r -brief link show")).output();
    story.check(links.contains("dae0"), "dae0 leads into gander's own namespace");
    Tool.Result program = story.run("bpftool prog show name lan_ingress");
    story.check(program.output().contains("sched_cls"), "lan_ingress is loaded");
    if (attached.isEmpty()) {
      String filters = story.run(lab.named("tc -n %r filter show dev lan0 ingress")).output();
      story.check(filters.contains("lan_ingress"), "and sits on lan0, where the queries come in");
      return attached;
    }
    Tool.Result net = story.run(lab.named("nsenter --net=/run/netns/%r bpftool net show dev lan0"));
    if (net.output().contains("lan_ingress")) {
      story.check(true, "and sits on lan0, where the queries come in");
      return attached;
    }
    story.say(" (this bpftool does not know TCX yet; it lists the links as `type 11`)");
    String all = story.run("bpftool link show").output();
    story.check(
        attached.stream().allMatch(link -> AttachedPrograms.anyIn(all, List.of(link))),
        "and linked, as are its " + (attached.size() - 1) + " companions");
    return attached;
  }

  private void reload() throws IOException {
    story.step("A changed configuration, while it runs");
    lab.write(
        "demo.dae", CONFIGURATION.replace("suffix: ads.example.org", "suffix: late.example.org"));
    story.command("sed -i 's/ads.example.org/late.example.org/' " + configuration());
    Tool.Result result = gander("reload");
    story.check(result.ok(), "it is in force");
    String late = story.run(kdig(NOBODY_FOUR, "late.example.org +noquestion")).output();
    story.check(
        late.contains("status: NOERROR") && !late.contains("203.0.113.90"),
        "the new rule rejects late.example.org");
    String ads = story.run(kdig(NOBODY_FOUR, "ads.example.org +noquestion")).output();
    story.check(ads.contains("203.0.113.66"), "and ads.example.org is answered now");
  }

  private void reloadABrokenFile() throws IOException {
    story.step("A broken configuration changes nothing");
    lab.write("demo.dae", CONFIGURATION.replace("fallback: internet", "fallbck: internet"));
    story.command("sed -i 's/fallback: internet/fallbck: internet/' " + configuration());
    Tool.Result result = gander("reload");
    story.check(
        result.status() == 1 && result.output().contains("demo.dae:"),
        "reload says where the mistake is, and ends with exit status 1");
    String ads = story.run(kdig(NOBODY_FOUR, "ads.example.org +short")).output();
    story.check(ads.contains("203.0.113.66"), "the rules from before go on");
    lab.write("demo.dae", CONFIGURATION);
  }

  private void kill(GanderProcess gander, List<AttachedPrograms.Link> attached)
      throws InterruptedException {
    story.step("kill -9, in the middle of it all");
    story.command("kill -9 " + gander.pid());
    gander.kill();
    // The kernel takes a dead process's namespace down on a worker of its own.
    String shown = lab.named("ip -n %r -brief link show");
    for (int i = 0; i < 100 && Tool.sh(shown).output().contains("dae0"); i++) {
      lab.pause(Duration.ofMillis(50));
    }
    Tool.Result links = story.run(shown);
    Tool.Result programs = story.run("bpftool link show");
    Tool.Result rules = story.run(lab.named("ip -n %r rule show"));
    story.check(!links.output().contains("dae0"), "its link is gone");
    story.check(!AttachedPrograms.anyIn(programs.output(), attached), "its programs are gone");
    story.check(!rules.output().contains("2023"), "its routing rules are gone");
    Tool.Result direct = story.run(kdig("203.0.113.53", "www.example.org +short"));
    story.check(
        direct.output().contains("203.0.113.80"), "packets pass as if it had never been there");
  }

  private GanderProcess startAgain() throws IOException, DemoFailure {
    story.step("It starts again, over what the killed one left");
    GanderProcess gander = run();
    String output = story.run(kdig(NOBODY_FOUR, "www.example.org +short")).output();
    story.check(output.contains("203.0.113.80"), "and answers");
    return gander;
  }

  private void endInOrder(GanderProcess gander) throws InterruptedException, IOException {
    story.step("SIGTERM");
    story.command("kill " + gander.pid());
    int status = gander.terminate(Duration.ofSeconds(2));
    story.output(lastLines(gander.log(), 3));
    story.check(status == 0, "it ends within two seconds, with exit status 0");
    Tool.Result links = story.run(lab.named("ip -n %r -brief link show"));
    story.check(!links.output().contains("dae0"), "and takes everything out");
    Tool.Result files = story.run("ls -A " + runtimeDirectory());
    story.check(files.output().isBlank(), "no file is left in its run-time directory");
  }

  private static String lastLines(String text, int count) {
    List<String> lines = text.lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - count), lines.size()));
  }
}
