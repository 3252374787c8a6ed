package dev.gander.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.config.RoutingSettings;
import dev.gander.geodata.GeoDataFiles;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TrafficPropertyTest {

  @Test
  void randomRulesDecideAsReadOneByOne() throws Exception {
    long seed = Long.getLong("gander.seed", 20261128);
    Random random = new Random(seed);
    int decidedByRule = 0;
    int withMust = 0;
    for (int round = 0; round < 400; round++) {
      int rules = random.nextInt(round % 10 == 0 ? 900 : 12);
      List<String> lines = TrafficRules.random(random, rules, true);
      String fallback = random.nextBoolean() ? "direct" : "must_two";
      RoutingSettings settings = TrafficText.rules(fallback, lines);
      TrafficRouter router =
          TrafficRouter.build(settings, new GeoDataFiles(List.of()), warning -> {});
      for (int i = 0; i < 250; i++) {
        TrafficRules.Facts facts = TrafficRules.flow(random);
        TrafficRoute route = router.route(facts.flow());
        TrafficRules.Decision expected = TrafficRules.readOneByOne(settings, facts);
        assertThat(new TrafficRules.Decision(route.place().line(), route.must()))
            .as("seed %d: %s of %s", seed, facts, lines)
            .isEqualTo(expected);
        assertThat(router.routesOfAnySender(facts.flow()))
            .as("seed %d: %s of %s", seed, facts, lines)
            .extracting(TrafficRoute::place)
            .contains(route.place());
        decidedByRule += expected.line() == TrafficText.FALLBACK_LINE ? 0 : 1;
        withMust += expected.must() ? 1 : 0;
      }
    }
    assertThat(decidedByRule).isBetween(20_000, 99_000);
    assertThat(withMust).isBetween(10_000, 99_000);
  }
}
