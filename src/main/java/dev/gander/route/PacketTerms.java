package dev.gander.route;

import dev.gander.route.NormalRule.Range;
import dev.gander.route.NormalRule.Test;
import java.util.Set;
import java.util.function.Consumer;

/** What the tests of traffic rules say of packets, as values of {@link PacketFact}s. */
final class PacketTerms {

  private static final int[] PROTOCOLS = {TrafficFlow.TCP, TrafficFlow.UDP, 0};

  /** One test: the values of a fact for which it holds. */
  record Term(PacketFact fact, Consumer<IpMatcher.Builder> values) {}

  private PacketTerms() {}

  static Term of(Test test, GeoExpansion geodata) {
    return switch (test) {
      case Test.Destination it ->
          new Term(PacketFact.DESTINATION, values -> geodata.addPrefixes(it.patterns(), values));
      case Test.Address it ->
          new Term(PacketFact.SOURCE, values -> geodata.addPrefixes(it.patterns(), values));
      case Test.Port it ->
          new Term(
              it.source() ? PacketFact.SOURCE_PORT : PacketFact.DESTINATION_PORT,
              values -> it.ranges().forEach(range -> ports(range, values)));
      case Test.Protocol it ->
          new Term(PacketFact.KIND, values -> kinds(it.numbers(), Set.of(4, 6), values));
      case Test.IpVersion it ->
          new Term(
              PacketFact.KIND,
              values -> kinds(Set.of(TrafficFlow.TCP, TrafficFlow.UDP, 0), it.versions(), values));
      case Test.Dscp it ->
          new Term(
              PacketFact.DSCP,
              values -> it.codePoints().forEach(codePoint -> small(codePoint, values)));
      case Test.Mac it ->
          new Term(PacketFact.MAC, values -> it.addresses().forEach(mac -> mac(mac, values)));
      case Test.ProcessName it ->
          new Term(PacketFact.PROCESS, values -> it.names().forEach(name -> process(name, values)));
      case Test.Name _,
          Test.QueryType _,
          Test.InterfaceName _,
          Test.Vlan _,
          Test.User _,
          Test.ControlGroup _,
          Test.Upstream _,
          Test.Own _ ->
          throw new IllegalArgumentException(test + " is no question of a packet");
    };
  }

  private static void ports(Range range, IpMatcher.Builder values) {
    values.addRange(0, PacketFact.small(range.first()), 0, PacketFact.small(range.last()));
  }

  private static void small(int value, IpMatcher.Builder values) {
    values.addRange(0, PacketFact.small(value), 0, PacketFact.small(value));
  }

  private static void kinds(Set<Integer> protocols, Set<Integer> versions, IpMatcher.Builder into) {
    for (int version : versions) {
      for (int protocol : PROTOCOLS) {
        if (protocols.contains(protocol)) {
          small(PacketFact.kind(protocol, version == 4), into);
        }
      }
    }
  }

  /** A sender whose MAC address is not known has 0, which no rule can mean. */
  private static void mac(long mac, IpMatcher.Builder values) {
    if (mac != 0) {
      values.addRange(PacketFact.MAC_HIGH, mac, PacketFact.MAC_HIGH, mac);
    }
  }

  private static void process(String name, IpMatcher.Builder values) {
    byte[] bytes = TrafficFlow.firstBytes(name);
    long high = TrafficFlow.processHalf(bytes, 0);
    long low = TrafficFlow.processHalf(bytes, 8);
    values.addRange(high, low, high, low);
  }
}
