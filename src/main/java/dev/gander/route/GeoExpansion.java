package dev.gander.route;

import dev.gander.config.Diagnostic;
import dev.gander.config.Place;
import dev.gander.geodata.GeoDataFiles;
import dev.gander.geodata.GeoIpFile;
import dev.gander.geodata.GeoSiteFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Pours the lists of geodata files into matchers, and collects what is wrong with them. */
final class GeoExpansion {

  /** Compiling costs time, memory and stack; those in published lists have under 200 bytes. */
  private static final int LONGEST_REGEX = 4096;

  private final GeoDataFiles files;
  private final List<Diagnostic> diagnostics = new ArrayList<>();

  GeoExpansion(GeoDataFiles files) {
    this.files = files;
  }

  /** Errors and warnings so far. */
  List<Diagnostic> diagnostics() {
    return diagnostics;
  }

  /** Adds patterns to the builder's last condition. */
  void addNames(List<NormalRule.DomainPattern> patterns, DomainMatcher.Builder names) {
    for (NormalRule.DomainPattern pattern : patterns) {
      boolean added =
          switch (pattern) {
            case NormalRule.DomainPattern.Full full -> names.full(full.name());
            case NormalRule.DomainPattern.Suffix suffix -> names.suffix(suffix.name());
            case NormalRule.DomainPattern.Keyword keyword -> names.keyword(keyword.text());
            case NormalRule.DomainPattern.Regex regex -> names.regex(regex.expression());
            case NormalRule.DomainPattern.Listed list -> {
              addDomains(list, names);
              yield true;
            }
          };
      if (!added) {
        warn(
            pattern.place(),
            "no domain name can match this",
            "write names as they are on the wire, those of other scripts in punycode (xn--…)");
      }
    }
  }

  /** Adds patterns to the builder's last condition. */
  void addPrefixes(List<NormalRule.AddressPattern> patterns, IpMatcher.Builder addresses) {
    for (NormalRule.AddressPattern pattern : patterns) {
      switch (pattern) {
        case NormalRule.AddressPattern.Prefix prefix ->
            addresses.add(prefix.high(), prefix.low(), prefix.length());
        case NormalRule.AddressPattern.Listed list -> addAddresses(list, addresses);
      }
    }
  }

  private void addDomains(NormalRule.DomainPattern.Listed list, DomainMatcher.Builder matcher) {
    Optional<GeoSiteFile> file = site(list.file(), list.tag(), list.place());
    if (file.isEmpty()) {
      return;
    }
    DomainSink sink = new DomainSink(matcher);
    try {
      int visited = file.get().visit(list.tag(), sink);
      if (visited == 0) {
        warn(
            list.place(),
            "'" + list.tag() + "' of " + file.get().path() + " holds no domain",
            "check its attributes");
      }
      if (sink.unreadable > 0) {
        warn(
            list.place(),
            sink.unreadable + " entries of '" + list.tag() + "' can match no name and are left out",
            "");
      }
    } catch (IOException e) {
      unreadable(list.place(), e);
    }
  }

  private void addAddresses(NormalRule.AddressPattern.Listed list, IpMatcher.Builder matcher) {
    Optional<GeoIpFile> file = ip(list.file(), list.tag(), list.place());
    if (file.isEmpty()) {
      return;
    }
    IpMatcher.Builder prefixes = new IpMatcher.Builder();
    prefixes.condition();
    try {
      if (file.get().visit(list.tag(), prefixes::add)) {
        matcher.addAllBut(prefixes);
      } else {
        matcher.addAll(prefixes);
      }
    } catch (IOException e) {
      unreadable(list.place(), e);
    }
  }

  /** The file, if it is there and has the tag; what is missing becomes an error. */
  Optional<GeoSiteFile> site(String name, String tag, Place place) {
    try {
      Optional<GeoSiteFile> file = files.site(name);
      if (file.isEmpty()) {
        missingFile(name, place);
      } else if (!file.get().has(tag)) {
        missingTag(file.get().path(), tag, place);
        return Optional.empty();
      }
      return file;
    } catch (IOException e) {
      unreadable(place, e);
      return Optional.empty();
    }
  }

  /** The file, if it is there and has the tag; what is missing becomes an error. */
  Optional<GeoIpFile> ip(String name, String tag, Place place) {
    try {
      Optional<GeoIpFile> file = files.ip(name);
      if (file.isEmpty()) {
        missingFile(name, place);
      } else if (!file.get().has(tag)) {
        missingTag(file.get().path(), tag, place);
        return Optional.empty();
      }
      return file;
    } catch (IOException e) {
      unreadable(place, e);
      return Optional.empty();
    }
  }

  void error(Place place, String message, String remedy) {
    diagnostics.add(Diagnostic.error(place, message, remedy));
  }

  private void warn(Place place, String message, String remedy) {
    diagnostics.add(Diagnostic.warning(place, message, remedy));
  }

  private void missingFile(String name, Place place) {
    String folders = files.folders().stream().map(Path::toString).collect(Collectors.joining(", "));
    diagnostics.add(
        Diagnostic.error(
            place, "there is no file " + name, "put it into one of the folders " + folders));
  }

  private void missingTag(Path file, String tag, Place place) {
    diagnostics.add(
        Diagnostic.error(
            place, "'" + tag + "' is not in " + file, "take a newer file, or check the spelling"));
  }

  private void unreadable(Place place, IOException e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    diagnostics.add(Diagnostic.error(place, message, "fetch the file anew"));
  }

  /** Adds domains as they come from the file. */
  private static final class DomainSink implements GeoSiteFile.Visitor {

    private final DomainMatcher.Builder matcher;
    private int unreadable;

    DomainSink(DomainMatcher.Builder matcher) {
      this.matcher = matcher;
    }

    @Override
    public void domain(GeoSiteFile.Kind kind, byte[] buffer, int offset, int length) {
      boolean added =
          switch (kind) {
            case FULL -> matcher.full(buffer, offset, length);
            case SUFFIX -> matcher.suffix(buffer, offset, length);
            case KEYWORD -> matcher.keyword(text(buffer, offset, length));
            case REGEX -> length <= LONGEST_REGEX && matcher.regex(text(buffer, offset, length));
          };
      unreadable += added ? 0 : 1;
    }

    private static String text(byte[] buffer, int offset, int length) {
      return new String(buffer, offset, length, StandardCharsets.UTF_8);
    }
  }
}
