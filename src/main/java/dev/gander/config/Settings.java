package dev.gander.config;

import java.util.List;

/** A whole configuration, checked: what {@code daemon} hands out to the rooms, record by record. */
public record Settings(
    GlobalSettings global,
    List<Subscription> subscriptions,
    List<Node> nodes,
    List<Group> groups,
    DnsSettings dns,
    RoutingSettings routing) {

  /** {@code subscription { TAG: 'URL' }}; the tag is empty where none was written. */
  public record Subscription(String tag, String url, Place place) {}

  /** {@code node { NAME: 'LINK' }}; the name is the link's fragment where none was written. */
  public record Node(String name, String link, Place place) {}
}
