package dev.gander.demo;

import dev.gander.daemon.StartException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Answers that never reach the process: the program that takes the query gives them. */
final class KernelStory {

  private static final List<String> ANSWERED =
      List.of("kernel_fresh", "kernel_negative", "kernel_stale", "kernel_blocked");
  private static final Pattern TTL = Pattern.compile("(?m)^\\S+\\s+(\\d+)\\s+IN\\s+A\\s");

  private final Story story;
  private final Lab lab;

  KernelStory(Story story, Lab lab) {
    this.story = story;
    this.lab = lab;
  }

  private String ask(String words) {
    String kdig = "ip netns exec %c kdig +timeout=2 +retry=1 @198.51.100.53 ";
    return story.run(lab.named(kdig) + words).output();
  }

  /** After www.example.org has been asked, and ads.example.org, which a rule rejects. */
  void tell(GanderProcess gander) throws IOException, StartException {
    story.step("Once more: the kernel answers by itself");
    Map<String, Object> before = gander.status();
    String plain = ask("www.example.org +noedns");
    String known = ask("www.example.org +edns");
    String rejected = ask("never.asked.ads.example.org +edns");
    Map<String, Object> after = gander.status();
    long byKernel = answered(after) - answered(before);
    long received = RouterStory.count(after, "queries", "received");
    story.check(
        byKernel == 3 && received == RouterStory.count(before, "queries", "received"),
        "three queries, and none reached the process: the program on lan0 answered " + byKernel);
    story.check(
        plain.contains("203.0.113.80") && plain.contains("From 198.51.100.53@53(UDP)"),
        "with the same answer, and from the address that was asked");
    Matcher ttl = TTL.matcher(known);
    story.check(
        ttl.find() && Long.parseLong(ttl.group(1)) < 300 && known.contains("UDP size: 1232"),
        "the TTL counts down there too, and EDNS is answered with EDNS");
    story.check(
        rejected.contains("EDE: 15"),
        "a name that nobody has asked before is rejected, and told why");
  }

  /** Queries that the programs have answered by themselves. */
  static long answered(Map<String, Object> status) {
    return ANSWERED.stream()
        .mapToLong(name -> Math.max(0, RouterStory.count(status, "kernel", name)))
        .sum();
  }
}
