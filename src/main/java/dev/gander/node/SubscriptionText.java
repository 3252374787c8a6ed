package dev.gander.node;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.schema.FailsafeSchema;

/**
 * Reads what a subscription's server sends: share links on lines, Base64 of them, SIP008, or the
 * configuration of Clash or sing-box. Which it is shows in the text itself.
 */
public final class SubscriptionText {

  /** Longer texts are refused, in characters; a thousand nodes have a few hundred thousand. */
  public static final int LONGEST = 16 << 20;

  /** Nodes that are taken from one subscription. */
  private static final int MOST_NODES = 10_000;

  private static final int MOST_ALIASES = 1_000;
  private static final int DEEPEST = 64;
  private static final Pattern CLASH = Pattern.compile("(?m)^\\s{0,4}[\"']?proxies[\"']?\\s*:");
  private static final Pattern SINGLE_LINE = Pattern.compile("\\s+");

  private final List<String> links = new ArrayList<>();
  private final List<String> refused = new ArrayList<>();

  private SubscriptionText() {}

  /** A document's way of describing a server. */
  private interface Described {
    String link(Fields said) throws LinkException;
  }

  /**
   * Reads the text.
   *
   * @throws LinkException if it is none of the formats
   */
  public static Listing read(String text) throws LinkException {
    SubscriptionText reader = new SubscriptionText();
    reader.readAny(text);
    return new Listing(reader.links, reader.refused);
  }

  private void readAny(String text) throws LinkException {
    String plain = text.startsWith("\ufeff") ? text.substring(1) : text;
    if (plain.length() > LONGEST) {
      throw new LinkException("it is longer than " + LONGEST + " characters");
    }
    if (readPlain(plain.strip())) {
      return;
    }
    String decoded = LinkText.base64(SINGLE_LINE.matcher(plain).replaceAll(""));
    if (decoded == null || !readPlain(decoded.strip())) {
      throw new LinkException(
          "it is neither a list of links, plain or in Base64, nor SIP008, Clash or sing-box");
    }
  }

  private boolean readPlain(String text) throws LinkException {
    if (text.startsWith("{") || text.startsWith("[")) {
      // JSON is YAML, but for tabs between its tokens; inside of its strings there are none.
      readDocument(text.replace('\t', ' '));
      return true;
    }
    if (CLASH.matcher(text).find()) {
      readDocument(text);
      return true;
    }
    if (text.contains("://")) {
      readLines(text);
      return true;
    }
    return false;
  }

  private void readLines(String text) {
    for (String line : text.lines().map(String::strip).toList()) {
      boolean comment = line.isEmpty() || line.startsWith("#") || line.startsWith("//");
      if (!comment && line.contains("://")) {
        add(line);
      } else if (!comment) {
        refused.add("a line is no link");
      }
    }
  }

  private void readDocument(String text) throws LinkException {
    Object root = parsed(text);
    Fields fields = Fields.of(root);
    if (fields.has("servers")) {
      addAll(fields.each("servers"), SubscriptionText::sip008);
    } else if (fields.has("proxies")) {
      addAll(fields.each("proxies"), ClashProxy::link);
    } else if (fields.has("outbounds")) {
      List<Fields> outbounds = fields.each("outbounds");
      addAll(outbounds.stream().filter(SingBoxOutbound::isServer).toList(), SingBoxOutbound::link);
    } else if (root instanceof List<?> list) {
      addAll(Fields.each(list), SubscriptionText::sip008);
    } else {
      throw new LinkException("it has none of `servers`, `proxies` and `outbounds`");
    }
  }

  private static @Nullable Object parsed(String text) throws LinkException {
    LoadSettings settings =
        LoadSettings.builder()
            .setSchema(new FailsafeSchema())
            .setCodePointLimit(LONGEST)
            .setMaxAliasesForCollections(MOST_ALIASES)
            .setAllowDuplicateKeys(true)
            .setAllowRecursiveKeys(false)
            .build();
    try {
      checkDepth(new Parse(settings).parseString(text));
      return new Load(settings).loadFromString(text);
    } catch (YamlEngineException e) {
      // The message quotes the text, which is full of secrets.
      throw new LinkException("it is neither JSON nor YAML, though it begins like that");
    }
  }

  /** What loads a document calls itself for each level: none may exhaust the stack. */
  private static void checkDepth(Iterable<Event> events) throws LinkException {
    int depth = 0;
    for (Event event : events) {
      switch (event.getEventId()) {
        case MappingStart, SequenceStart -> depth++;
        case MappingEnd, SequenceEnd -> depth--;
        default -> {}
      }
      if (depth > DEEPEST) {
        throw new LinkException("it is nested deeper than " + DEEPEST + " levels");
      }
    }
  }

  private void addAll(List<Fields> entries, Described described) {
    for (Fields entry : entries) {
      try {
        add(described.link(entry));
      } catch (LinkException e) {
        refused.add(String.valueOf(e.getMessage()));
      }
    }
  }

  private void add(String link) {
    if (links.size() < MOST_NODES) {
      links.add(link);
    } else {
      refused.add("more than " + MOST_NODES + " nodes");
    }
  }

  /** Shadowsocks' own format. */
  private static String sip008(Fields said) {
    String options = said.text("plugin_opts");
    String plugin = said.text("plugin") + (options.isEmpty() ? "" : ";" + options);
    return new ShareLink(
            "ss",
            said.text("remarks"),
            ShareLink.encoded(said.text("method")) + ":" + ShareLink.encoded(said.text("password")),
            said.text("server"),
            said.text("server_port"))
        .with("plugin", plugin)
        .text();
  }
}
