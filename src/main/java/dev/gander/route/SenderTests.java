package dev.gander.route;

import dev.gander.config.RoutingSettings;
import dev.gander.route.NormalRule.AddressPattern;
import dev.gander.route.NormalRule.Condition;
import dev.gander.route.NormalRule.Test;
import java.util.List;
import java.util.stream.Stream;

/**
 * What traffic rules ask about senders, for those who tell clients apart as these rules do.
 *
 * @param tests on addresses, MAC addresses, processes and DSCP
 * @param whole whether rules ask nothing else about senders, and no more than classes can hold
 */
record SenderTests(List<Test> tests, boolean whole) {

  /** Of conditions on addresses; lists of geodata files may be longer than the kernel's maps. */
  private static final int MOST_PREFIXES = 1024;

  static final SenderTests NONE = new SenderTests(List.of(), true);

  static SenderTests of(RoutingSettings settings) {
    List<Test> all =
        Normalizer.normalize(settings.rules()).stream()
            .flatMap(it -> it.conditions().stream())
            .map(Condition::test)
            .toList();
    boolean other = all.stream().anyMatch(SenderTests::isOther);
    List<Test> tests = all.stream().filter(SenderTests::isOfClass).toList();
    List<AddressPattern> prefixes = tests.stream().flatMap(SenderTests::addresses).toList();
    boolean tooMany =
        prefixes.size() > MOST_PREFIXES
            || prefixes.stream().anyMatch(AddressPattern.Listed.class::isInstance);
    return other || tooMany ? new SenderTests(List.of(), false) : new SenderTests(tests, true);
  }

  private static boolean isOther(Test test) {
    return test instanceof Test.Port port && port.source();
  }

  private static boolean isOfClass(Test test) {
    return test instanceof Test.Address
        || test instanceof Test.Mac
        || test instanceof Test.ProcessName
        || test instanceof Test.Dscp;
  }

  private static Stream<AddressPattern> addresses(Test test) {
    return test instanceof Test.Address address ? address.patterns().stream() : Stream.of();
  }
}
