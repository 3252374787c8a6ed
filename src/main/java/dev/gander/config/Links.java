package dev.gander.config;

import dev.gander.config.Settings.Node;
import dev.gander.config.Settings.Subscription;
import dev.gander.config.Syntax.Entry;
import dev.gander.config.Syntax.Item;
import dev.gander.config.Syntax.KeyValue;
import dev.gander.config.Syntax.Literal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code subscription} and {@code node}. Links in the wild are often broken: one that cannot
 * be read is left out with a warning.
 */
final class Links {

  private static final Set<String> SUBSCRIPTIONS =
      Set.of("http", "https", "http-file", "https-file", "file");

  private static final Set<String> PROTOCOLS =
      Set.of(
          "ss",
          "ssr",
          "vmess",
          "vless",
          "trojan",
          "trojan-go",
          "socks",
          "socks4",
          "socks4a",
          "socks5",
          "http",
          "https",
          "tuic",
          "juicity",
          "hysteria2",
          "hy2",
          "anytls");

  /** The server of a hop and its port, what may follow, and the {@code #} of the name. */
  private static final Pattern NAMED = Pattern.compile("@[^@/?#>]*:[0-9,-]+(?:[/?][^#>]*)?#");

  /** An entry that may be read as a link. */
  private record Tagged(String tag, Literal link, Place place) {}

  private final SectionReader reader;
  private final Problems problems;

  Links(SectionReader reader) {
    this.reader = reader;
    this.problems = reader.problems();
  }

  List<Subscription> subscriptions(List<Entry> entries) {
    List<Subscription> read = new ArrayList<>();
    for (Tagged tagged : tagged("subscription", entries)) {
      String url = tagged.link().text().strip();
      String wrong = wrongScheme(url, SUBSCRIPTIONS);
      if (wrong.isEmpty()) {
        read.add(new Subscription(tagged.tag(), url, tagged.place()));
      } else {
        leaveOut("subscription", tagged, wrong, "write 'https://…' or 'file://…'");
      }
    }
    return List.copyOf(read);
  }

  /**
   * The nodes.
   *
   * @param subscribed whether subscriptions bring others, whose names nobody knows yet
   */
  List<Node> nodes(List<Entry> entries, boolean subscribed) {
    List<Node> read = new ArrayList<>();
    List<Tagged> all = tagged("node", entries);
    Set<String> names = all.stream().map(Tagged::tag).collect(Collectors.toSet());
    for (Tagged tagged : all) {
      String link = tagged.link().text().strip();
      String wrong = "";
      String[] hops = link.split("->", -1);
      for (String hop : hops) {
        boolean name = hops.length > 1 && (subscribed || names.contains(hop.strip()));
        wrong = wrong.isEmpty() ? wrongHop(hop.strip(), name) : wrong;
      }
      if (wrong.isEmpty()) {
        String name = tagged.tag().isEmpty() ? fragment(link) : tagged.tag();
        read.add(new Node(name, link, tagged.place()));
      } else {
        leaveOut("node", tagged, wrong, "write a link like 'socks5://192.0.2.1:1080'");
      }
    }
    return List.copyOf(read);
  }

  private void leaveOut(String kind, Tagged tagged, String wrong, String remedy) {
    String name = tagged.tag().isEmpty() ? "" : " `" + Text.shortened(tagged.tag()) + "`";
    problems.warning(
        tagged.link().place(), kind + name + " is left out: its link " + wrong, remedy);
  }

  /** A hop of a chain may also be the name of another node. */
  private static String wrongHop(String hop, boolean mayBeName) {
    boolean name = mayBeName && !hop.isEmpty() && !hop.contains("://");
    return name ? "" : wrongScheme(hop, PROTOCOLS);
  }

  /** What is wrong with the link, empty if it can be read. */
  private static String wrongScheme(String link, Set<String> known) {
    if (link.isEmpty()) {
      return "is empty";
    }
    int end = link.indexOf("://");
    if (end <= 0) {
      return "has no scheme";
    }
    String scheme = link.substring(0, end).toLowerCase(Locale.ROOT);
    if (!known.contains(scheme)) {
      String nearest = Suggestions.nearest(scheme, known);
      return "has the unknown scheme `"
          + Text.shortened(scheme)
          + "`"
          + (nearest.isEmpty() ? "" : " (did you mean `" + nearest + "`?)");
    }
    return link.length() == end + 3 ? "ends after its scheme" : "";
  }

  /**
   * The name a link brings along: what follows the {@code #} behind its server, for names hold it,
   * too; else its last.
   */
  private static String fragment(String link) {
    Matcher named = NAMED.matcher(link);
    int hash = link.lastIndexOf('#');
    while (named.find()) {
      hash = named.end() - 1;
    }
    String name = hash < 0 ? "" : link.substring(hash + 1);
    try {
      return URLDecoder.decode(name.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return name;
    }
  }

  private List<Tagged> tagged(String section, List<Entry> entries) {
    Map<String, Tagged> byTag = new HashMap<>();
    List<Tagged> all = new ArrayList<>();
    for (Entry entry : entries) {
      switch (entry) {
        case Item item -> all.add(new Tagged("", item.literal(), item.place()));
        case KeyValue pair -> {
          reader.refuseAnnotation(pair);
          Literal link = onlyValue(section, pair);
          if (link != null) {
            Tagged tagged = new Tagged(pair.key(), link, pair.place());
            Tagged before = byTag.put(pair.key(), tagged);
            if (before != null) {
              reader.tellTwice(pair.key(), pair.place(), before.place());
              all.remove(before);
            }
            all.add(tagged);
          }
        }
        default -> reader.tellMisplaced(section, entry);
      }
    }
    return all;
  }

  private @Nullable Literal onlyValue(String section, KeyValue pair) {
    try {
      return SectionReader.literal(pair);
    } catch (BadValue bad) {
      problems.warning(
          bad.place(),
          section + " `" + Text.shortened(pair.key()) + "` is left out: " + bad.message(),
          "put the link in quotes");
      return null;
    }
  }
}
