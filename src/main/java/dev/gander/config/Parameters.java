package dev.gander.config;

import dev.gander.config.Functions.Function;
import dev.gander.config.Rule.Parameter;
import dev.gander.config.Settings.GeoReference;
import dev.gander.config.Syntax.Argument;
import dev.gander.config.Syntax.Call;
import dev.gander.config.Syntax.Literal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Checks what stands between the parentheses of a rule's functions. */
final class Parameters {

  private final Problems problems;
  private final Set<String> upstreams;
  private final Collection<GeoReference> geodata;

  /**
   * @param upstreams the names {@code upstream(…)} may use
   * @param geodata takes note of each file and tag that a rule needs
   */
  Parameters(Problems problems, Set<String> upstreams, Collection<GeoReference> geodata) {
    this.problems = problems;
    this.upstreams = upstreams;
    this.geodata = geodata;
  }

  /** The parameters as {@link Rule.Parameter} describes them; bad ones are told and left out. */
  List<Parameter> read(Function function, Call call) {
    List<Parameter> read = new ArrayList<>(call.arguments().size());
    if (call.arguments().isEmpty() && !call.broken() && !function.isSelector()) {
      problems.error(
          call.place(),
          "`" + call.function() + "()` says nothing",
          "name what it looks for, or remove it");
    }
    String keyBefore = "";
    for (Argument argument : call.arguments()) {
      try {
        read.add(parameter(function, argument));
        warnOfLostKey(function, keyBefore, argument);
        keyBefore = argument.key();
      } catch (BadValue bad) {
        problems.error(bad);
      }
    }
    return List.copyOf(read);
  }

  /** {@code keyword: a, b}: the second is a suffix, which is hardly meant where it has no dot. */
  private void warnOfLostKey(Function function, String keyBefore, Argument argument) {
    String value = argument.value().text();
    if (function.parameters() == Functions.Parameters.DOMAIN
        && argument.key().isEmpty()
        && keyBefore.equals("keyword")
        && value.indexOf('.') < 0) {
      problems.warning(
          argument.place(),
          "`" + Text.shortened(value) + "` is a suffix here: a key holds for one value",
          "write `keyword: " + Text.shortened(value) + "` if that is meant");
    }
  }

  private Parameter parameter(Function function, Argument argument) throws BadValue {
    String key = argument.key();
    Set<String> known = Functions.keys(function.parameters());
    if (!key.isEmpty() && !known.contains(key)) {
      throw unknownKey(function, argument, known);
    }
    Literal value = argument.value();
    if (value.text().isEmpty()) {
      throw new BadValue(value.place(), "an empty value in `" + function.name() + "(…)`", "");
    }
    return switch (function.parameters()) {
      case DOMAIN -> domain(key, value, argument.place());
      case ADDRESS -> address(key, value, argument.place());
      case SUBSCRIPTION_TAG, NODE_NAME, SUBSCRIPTION_NODE -> selector(key, value, argument.place());
      default -> new Parameter("", plain(function, value), argument.place());
    };
  }

  private static BadValue unknownKey(Function function, Argument argument, Set<String> known) {
    String key = argument.key();
    String remedy = Suggestions.forName(key, known);
    if (known.isEmpty()) {
      remedy = "`" + function.name() + "` takes plain values";
    } else if (key.equals("geosite") && known.contains("geoip")) {
      remedy = "geosite holds names; for addresses write geoip:TAG";
    } else if (key.equals("geoip") && known.contains("geosite")) {
      remedy = "geoip holds addresses; for names write geosite:TAG";
    }
    return new BadValue(
        argument.place(),
        "unknown parameter `" + Text.shortened(key) + "` of `" + function.name() + "`",
        remedy);
  }

  private Parameter domain(String key, Literal value, Place place) throws BadValue {
    String text = value.text();
    switch (key) {
      case "regex" -> Regexes.checkDomain(value);
      case "geosite" -> geodata.add(GeoReference.site("geosite.dat", tag(value, text), place));
      case "ext" -> geodata.add(external(value, GeoReference.Kind.SITE, place));
      case "keyword" -> Names.checkLengths(value.place(), text);
      default -> text = name(key.isEmpty() ? "suffix" : key, value);
    }
    return new Parameter(key.isEmpty() ? "suffix" : key, text, place);
  }

  /** A {@code full} or {@code suffix} name; what can never match is told, as dae takes it. */
  private String name(String key, Literal value) throws BadValue {
    String text = value.text();
    String start = text.startsWith(".") ? "." : "";
    String ascii = Names.ascii(value.place(), text);
    String bare = ascii.substring(start.length());
    if (bare.isEmpty() || bare.equals(".")) {
      throw new BadValue(value.place(), "an empty name", "write one like example.com");
    }
    Names.checkLengths(value.place(), bare);
    if (text.startsWith("*.")) {
      problems.warning(
          value.place(),
          "`" + Text.shortened(text) + "` never matches: no name holds `*`",
          key.equals("suffix")
              ? "write `" + Text.shortened(text.substring(2)) + "`, which holds all names below it"
              : "write `suffix: " + Text.shortened(text.substring(2)) + "`");
    } else if (Text.holdsAny(text, "/: @?*")) {
      problems.warning(
          value.place(),
          "`" + Text.shortened(text) + "` never matches: it is no domain name",
          "write a name like example.com");
    }
    return ascii;
  }

  private Parameter address(String key, Literal value, Place place) throws BadValue {
    switch (key) {
      case "geoip" -> geodata.add(GeoReference.ip("geoip.dat", tag(value, value.text()), place));
      case "ext" -> geodata.add(external(value, GeoReference.Kind.IP, place));
      default -> Addresses.prefix(value);
    }
    return new Parameter(key, value.text(), place);
  }

  private static Parameter selector(String key, Literal value, Place place) throws BadValue {
    if (key.endsWith("regex")) {
      Regexes.checkDomain(value);
    }
    return new Parameter(key, value.text(), place);
  }

  /** {@code file.dat:TAG}. */
  private static GeoReference external(Literal value, GeoReference.Kind kind, Place place)
      throws BadValue {
    int colon = value.text().lastIndexOf(':');
    if (colon <= 0) {
      throw new BadValue(
          value.place(),
          "`" + Text.shortened(value.text()) + "` names no file and tag",
          "write ext:\"file.dat:TAG\"");
    }
    String tag = tag(value, value.text().substring(colon + 1));
    return new GeoReference(kind, value.text().substring(0, colon), tag, place);
  }

  private static String tag(Literal value, String tag) throws BadValue {
    if (tag.isEmpty() || tag.startsWith("@") || !Text.isAll(tag, c -> c > ' ')) {
      throw new BadValue(
          value.place(),
          "`" + Text.shortened(value.text()) + "` names no tag",
          "write one like geosite:cn");
    }
    return tag;
  }

  private String plain(Function function, Literal value) throws BadValue {
    switch (function.parameters()) {
      case PORT -> range(value, 0, 65535, "port");
      case MAC -> {
        return Addresses.mac(value);
      }
      case DSCP -> Quantities.wholeNumber(value, 0, 63, "a DSCP from 0 to 63");
      case VLAN -> range(value, 1, 4094, "VLAN");
      case USER -> {
        return Users.number(value);
      }
      case CONTROL_GROUP -> {
        return controlGroup(value);
      }
      case PROGRAM -> warnOfPath(value);
      case QTYPE -> {
        return String.valueOf(QueryTypes.number(value));
      }
      case IP_VERSION -> {
        if (!value.text().equals("4") && !value.text().equals("6")) {
          throw new BadValue(
              value.place(),
              "`" + Text.shortened(value.text()) + "` is no IP version",
              "write 4 or 6");
        }
      }
      case L4PROTO -> {
        return protocol(value);
      }
      case UPSTREAM -> {
        if (!upstreams.contains(value.text()) && !value.text().equals("asis")) {
          throw new BadValue(
              value.place(),
              "no upstream is called `" + Text.shortened(value.text()) + "`",
              () -> Suggestions.forName(value.text(), upstreams));
        }
      }
      default -> {
        return value.text();
      }
    }
    return value.text();
  }

  private void warnOfPath(Literal value) {
    String text = value.text();
    if (text.startsWith("/")) {
      problems.warning(
          value.place(),
          "`" + Text.shortened(text) + "` never matches: the name of a program has no folder",
          "write `" + Text.shortened(text.substring(text.lastIndexOf('/') + 1)) + "`");
    }
  }

  private String protocol(Literal value) {
    String name = value.text().toLowerCase(Locale.ROOT);
    if (!name.equals("tcp") && !name.equals("udp")) {
      problems.warning(
          value.place(),
          "`l4proto(" + Text.shortened(value.text()) + ")` never matches",
          "write tcp or udp");
    }
    return name;
  }

  /** Numbers from {@code least} to {@code most}: {@code 80} or {@code 1-1023}. */
  private static void range(Literal value, int least, int most, String what) throws BadValue {
    String text = value.text();
    int dash = text.indexOf('-');
    int from = Addresses.number(dash < 0 ? text : text.substring(0, dash), most);
    int to = dash < 0 ? from : Addresses.number(text.substring(dash + 1), most);
    if (from < least || to < least) {
      throw new BadValue(
          value.place(),
          "`" + Text.shortened(text) + "` is no " + what,
          "write a number from " + least + " to " + most + ", or a range like 1-1023");
    }
    if (from > to) {
      throw new BadValue(
          value.place(),
          "the " + what + " range `" + text + "` runs backwards",
          "write " + to + "-" + from);
    }
  }

  /** The path as the kernel has it, with a slash before it. */
  private String controlGroup(Literal value) throws BadValue {
    String path = value.text().startsWith("/") ? value.text() : "/" + value.text();
    if (path.length() > 1 && path.endsWith("/")) {
      path = path.substring(0, path.length() - 1);
    }
    if ((path + "/").contains("/./") || path.contains("/..") || path.contains("//")) {
      throw new BadValue(
          value.place(),
          "`" + Text.shortened(value.text()) + "` is no path of a control group",
          "write it as `systemctl status` shows it: system.slice/cups.service");
    }
    if (path.lastIndexOf('/') == 0 && (path.endsWith(".service") || path.endsWith(".scope"))) {
      problems.warning(
          value.place(),
          "`" + Text.shortened(value.text()) + "` is in no slice, as systemd's units are",
          "write its whole path: system.slice" + path);
    }
    return path;
  }
}
