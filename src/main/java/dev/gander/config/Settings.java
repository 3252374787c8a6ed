package dev.gander.config;

import java.util.List;
import java.util.Locale;

/**
 * A whole configuration, checked: what {@code daemon} hands out to the rooms, record by record.
 *
 * @param geodata every file and tag that some rule needs, in the order of the rules
 * @param unused what the file sets and no room acts on yet, in the order of the file
 */
public record Settings(
    GlobalSettings global,
    List<Subscription> subscriptions,
    List<Node> nodes,
    List<Group> groups,
    DnsSettings dns,
    RoutingSettings routing,
    List<GeoReference> geodata,
    List<UnusedKey> unused) {

  /** {@code subscription { TAG: 'URL' }}; the tag is empty where none was written. */
  public record Subscription(String tag, String url, Place place) {}

  /** {@code node { NAME: 'LINK' }}; the name is the link's fragment where none was written. */
  public record Node(String name, String link, Place place) {}

  /**
   * A key, section or function that is read and checked but has no effect yet.
   *
   * @param key with the names of the sections around it: {@code global.dial_mode}
   */
  public record UnusedKey(String key, Place place) {}

  /**
   * A list of names or networks that a rule takes from a geodata file.
   *
   * @param file as written: {@code geosite.dat}, {@code geoip.dat}, or what {@code ext:} names
   * @param tag as written: {@code cn}, {@code GOOGLE@cn}
   */
  public record GeoReference(Kind kind, String file, String tag, Place place) {

    /** What the file holds. */
    public enum Kind {
      SITE,
      IP
    }

    static GeoReference site(String file, String tag, Place place) {
      return new GeoReference(Kind.SITE, file, tag, place);
    }

    static GeoReference ip(String file, String tag, Place place) {
      return new GeoReference(Kind.IP, file, tag, place);
    }

    /** The list's name in lower case, without attributes. */
    public String list() {
      int at = tag.indexOf('@');
      return (at < 0 ? tag : tag.substring(0, at)).toLowerCase(Locale.ROOT);
    }

    /** What stands behind each {@code @}, such as {@code cn} or {@code !cn}. */
    public List<String> attributes() {
      int at = tag.indexOf('@');
      return at < 0
          ? List.of()
          : List.of(tag.substring(at + 1).toLowerCase(Locale.ROOT).split("@", -1));
    }
  }
}
