package dev.gander.route;

import com.google.re2j.Pattern;
import dev.gander.config.Rule;
import dev.gander.geodata.GeoDataFiles;
import dev.gander.message.Client;
import dev.gander.message.RecordType;
import dev.gander.route.NormalRule.AddressPattern;
import dev.gander.route.NormalRule.Condition;
import dev.gander.route.NormalRule.DomainPattern;
import dev.gander.route.NormalRule.Test;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Makes the configuration's rules into {@link NormalRule}s. The configuration has checked functions
 * and values; what it could not have let pass is a defect here and ends in an exception.
 */
final class Normalizer {

  /** A process's name in the kernel has at most 15 bytes. */
  private static final int LONGEST_PROCESS_NAME = 15;

  /** Stands for a protocol that no packet judged by rules has. */
  private static final int NO_PROTOCOL = -1;

  private Normalizer() {}

  static List<NormalRule> normalize(List<Rule> rules) {
    return rules.stream().map(Normalizer::rule).toList();
  }

  private static NormalRule rule(Rule rule) {
    return new NormalRule(
        rule.terms().stream().map(Normalizer::condition).toList(), rule.outbound(), rule.place());
  }

  private static Condition condition(Rule.Term term) {
    return new Condition(term.negated(), test(term), term.place());
  }

  private static Test test(Rule.Term term) {
    List<Rule.Parameter> parameters = term.parameters();
    return switch (term.function()) {
      case "qname", "domain" -> new Test.Name(parameters.stream().map(Normalizer::domain).toList());
      case "sip", "ip" -> new Test.Address(parameters.stream().map(Normalizer::address).toList());
      case "dip" -> new Test.Destination(parameters.stream().map(Normalizer::address).toList());
      case "dport" -> new Test.Port(false, parameters.stream().map(Normalizer::range).toList());
      case "sport" -> new Test.Port(true, parameters.stream().map(Normalizer::range).toList());
      case "l4proto" -> new Test.Protocol(numbers(parameters, Normalizer::protocol));
      case "ipversion" -> new Test.IpVersion(numbers(parameters, Integer::valueOf));
      case "dscp" -> new Test.Dscp(numbers(parameters, Integer::decode));
      case "qtype" ->
          new Test.QueryType(
              parameters.stream()
                  .map(parameter -> RecordType.code(parameter.value()))
                  .collect(Collectors.toUnmodifiableSet()));
      case "mac" ->
          new Test.Mac(
              parameters.stream()
                  .map(parameter -> mac(parameter.value()))
                  .collect(Collectors.toUnmodifiableSet()));
      case "pname" -> new Test.ProcessName(processNames(values(parameters)));
      case "vlan" -> new Test.Vlan(vlans(parameters));
      case "uid" -> new Test.User(numbers(parameters, Integer::parseUnsignedInt));
      case "cgroup" -> new Test.ControlGroup(values(parameters));
      case "iif" -> new Test.InterfaceName(values(parameters));
      case "upstream" -> new Test.Upstream(values(parameters));
      case "sub" -> own(OwnLookup.Kind.SUBSCRIPTION, parameters);
      case "node" -> own(OwnLookup.Kind.NODE, parameters);
      case "subnode" -> own(OwnLookup.Kind.SUBSCRIPTION_NODE, parameters);
      default ->
          throw new IllegalArgumentException(
              term.place() + ": function '" + term.function() + "' is none of rules");
    };
  }

  private static Set<Integer> numbers(
      List<Rule.Parameter> parameters, Function<String, Integer> reader) {
    return parameters.stream()
        .map(parameter -> reader.apply(parameter.value()))
        .collect(Collectors.toUnmodifiableSet());
  }

  private static Set<Integer> vlans(List<Rule.Parameter> parameters) {
    return parameters.stream()
        .map(Normalizer::range)
        .flatMap(range -> IntStream.rangeClosed(range.first(), range.last()).boxed())
        .collect(Collectors.toUnmodifiableSet());
  }

  private static int protocol(String name) {
    return switch (name) {
      case "tcp" -> TrafficFlow.TCP;
      case "udp" -> TrafficFlow.UDP;
      default -> NO_PROTOCOL;
    };
  }

  /** {@code 80} or {@code 1-1023}. */
  private static NormalRule.Range range(Rule.Parameter parameter) {
    String value = parameter.value();
    int dash = value.indexOf('-');
    int first = Integer.parseInt(dash < 0 ? value : value.substring(0, dash));
    int last = dash < 0 ? first : Integer.parseInt(value.substring(dash + 1));
    return new NormalRule.Range(first, last);
  }

  /** In {@code sub()} every value is about the tag; elsewhere those are whose key says so. */
  private static Test.Own own(OwnLookup.Kind kind, List<Rule.Parameter> parameters) {
    List<Pattern> tags = new ArrayList<>();
    List<Pattern> nodes = new ArrayList<>();
    for (Rule.Parameter parameter : parameters) {
      boolean tag = kind == OwnLookup.Kind.SUBSCRIPTION || parameter.key().startsWith("subtag");
      (tag ? tags : nodes).add(Selector.pattern(parameter.key(), parameter.value()));
    }
    return new Test.Own(new Selector(kind, List.copyOf(tags), List.copyOf(nodes)));
  }

  private static Set<String> values(List<Rule.Parameter> parameters) {
    return parameters.stream().map(Rule.Parameter::value).collect(Collectors.toUnmodifiableSet());
  }

  private static DomainPattern domain(Rule.Parameter parameter) {
    String value = parameter.value();
    return switch (parameter.key()) {
      case "full" -> new DomainPattern.Full(value, parameter.place());
      case "suffix", "" -> new DomainPattern.Suffix(value, parameter.place());
      case "keyword" -> new DomainPattern.Keyword(value, parameter.place());
      case "regex" -> new DomainPattern.Regex(value, parameter.place());
      case "geosite" -> new DomainPattern.Listed(GeoDataFiles.GEOSITE, value, parameter.place());
      case "ext" -> {
        int colon = colon(parameter);
        yield new DomainPattern.Listed(
            value.substring(0, colon), value.substring(colon + 1), parameter.place());
      }
      default -> throw unknownKey(parameter);
    };
  }

  private static AddressPattern address(Rule.Parameter parameter) {
    String value = parameter.value();
    return switch (parameter.key()) {
      case "" -> prefix(parameter);
      case "geoip" -> new AddressPattern.Listed(GeoDataFiles.GEOIP, value, parameter.place());
      case "ext" -> {
        int colon = colon(parameter);
        yield new AddressPattern.Listed(
            value.substring(0, colon), value.substring(colon + 1), parameter.place());
      }
      default -> throw unknownKey(parameter);
    };
  }

  /** The colon of {@code file.dat:tag}: the last, for a tag has none. */
  private static int colon(Rule.Parameter parameter) {
    int colon = parameter.value().lastIndexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException(
          parameter.place() + ": '" + parameter.value() + "' is not of the form file.dat:tag");
    }
    return colon;
  }

  private static IllegalArgumentException unknownKey(Rule.Parameter parameter) {
    return new IllegalArgumentException(
        parameter.place() + ": key '" + parameter.key() + "' is unknown");
  }

  /** An address with or without {@code /length}. */
  private static AddressPattern.Prefix prefix(Rule.Parameter parameter) {
    String value = parameter.value();
    int slash = value.indexOf('/');
    String literal = slash < 0 ? value : value.substring(0, slash);
    InetAddress address = InetAddress.ofLiteral(literal);
    int bits = address.getAddress().length * 8;
    int length = slash < 0 ? bits : Integer.parseInt(value.substring(slash + 1));
    return new AddressPattern.Prefix(
        Client.high(address), Client.low(address), 128 - bits + length, parameter.place());
  }

  /** {@code 02:00:5e:10:00:01} or with dashes, as a number. */
  private static long mac(String text) {
    return Long.parseLong(text.replace(":", "").replace("-", ""), 16);
  }

  /** The names, and what the kernel leaves of those too long for it. */
  private static Set<String> processNames(Set<String> names) {
    Set<String> known = new HashSet<>(names);
    for (String name : names) {
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      if (bytes.length > LONGEST_PROCESS_NAME) {
        known.add(new String(bytes, 0, LONGEST_PROCESS_NAME, StandardCharsets.UTF_8));
      }
    }
    return Set.copyOf(known);
  }
}
