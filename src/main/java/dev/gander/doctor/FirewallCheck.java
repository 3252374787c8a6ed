package dev.gander.doctor;

import dev.gander.config.DnsSettings.Upstream;
import dev.gander.config.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Rules of nftables and iptables for port 53. Queries that are taken never meet them; gander's own
 * questions do, and so do clients that ask {@code dns.bind}.
 */
final class FirewallCheck {

  private static final String SUBJECT = "firewall";
  private static final int DNS = 53;

  private static final Pattern PORT =
      Pattern.compile("dports? .*\\b(53|domain)\\b|--dports? \\S*\\b(53|domain)\\b");

  private static final Pattern VERDICT =
      Pattern.compile(
          "\\b(drop|reject|redirect|dnat|tproxy)\\b|-j (DROP|REJECT|REDIRECT|DNAT|TPROXY)");

  private final boolean asksPort53;
  private final Report report;

  FirewallCheck(Settings settings, Report report) {
    asksPort53 = settings.dns().upstreams().stream().anyMatch(FirewallCheck::isPlain);
    this.report = report;
  }

  private static boolean isPlain(Upstream upstream) {
    return !upstream.scheme().encrypted() && upstream.port() == DNS;
  }

  /**
   * A rule that does something to port 53.
   *
   * @param chain with its table
   * @param output whether what this machine sends meets it
   */
  record Suspect(String chain, boolean output, String rule) {}

  void look() {
    List<Suspect> suspects = new ArrayList<>();
    boolean seen = false;
    for (List<String> command :
        List.of(List.of("nft", "list", "ruleset"), List.of("iptables-legacy-save"))) {
      Optional<String> output = output(command);
      output.ifPresent(text -> suspects.addAll(suspects(text)));
      seen |= output.isPresent();
    }
    for (Suspect suspect : suspects) {
      String text = suspect.chain() + ": " + suspect.rule();
      String remedy = "nft -a list ruleset    # then: nft delete rule … handle N";
      if (suspect.output() && asksPort53) {
        report.wrong(SUBJECT, text + " (gander's own questions meet it)", remedy);
      } else {
        report.warning(SUBJECT, text + " (what gander takes does not meet it)", remedy);
      }
    }
    if (suspects.isEmpty()) {
      report.ok(SUBJECT, seen ? "no rule for port 53" : "no rules can be seen here");
    }
  }

  /** Empty where the program is not installed, or may not look. */
  private static Optional<String> output(List<String> command) {
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.onExit().join().exitValue() == 0 ? Optional.of(text) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Of what {@code nft list ruleset} or {@code iptables-save} prints. */
  static List<Suspect> suspects(String ruleset) {
    List<Suspect> suspects = new ArrayList<>();
    String table = "";
    String chain = "";
    boolean output = false;
    for (String raw : ruleset.split("\n", -1)) {
      String line = raw.strip();
      if (line.startsWith("table ") || line.startsWith("*")) {
        table = line.replace(" {", "");
        chain = "";
      } else if (line.startsWith("chain ")) {
        chain = line.replace(" {", "");
        output = false;
      } else if (line.startsWith("type ")) {
        output = line.contains("hook output") || line.contains("hook postrouting");
      } else if (PORT.matcher(line).find() && VERDICT.matcher(line).find()) {
        boolean ofIptables = line.startsWith("-A ");
        String where = ofIptables ? line.split(" ", 3)[1] : chain;
        boolean leaving = ofIptables ? where.toUpperCase(Locale.ROOT).equals("OUTPUT") : output;
        suspects.add(new Suspect(table + " " + where, leaving, line));
      }
    }
    return suspects;
  }
}
