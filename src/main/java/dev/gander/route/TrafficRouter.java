package dev.gander.route;

import dev.gander.config.ConfigException;
import dev.gander.config.Diagnostic;
import dev.gander.config.Place;
import dev.gander.config.RoutingSettings;
import dev.gander.config.Rule;
import dev.gander.geodata.GeoDataFiles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The rules of {@code routing}: what is done with a flow of packets. Each fact of the flow is
 * looked up once and names the rules whose terms on it hold; the first rule that all facts name
 * decides. The rules that the kernel runs are made of the same vectors. Immutable, for any number
 * of threads; each platform thread that routes keeps a few kilobytes for it.
 */
public final class TrafficRouter {

  /** Domains, keywords and expressions that the rules may name, lists included. */
  public static final int MAX_DOMAINS = 1_000_000;

  /** What the tables may take in the kernel. */
  private static final long MAX_BYTES = 256L << 20;

  private static final int BLOCK_RULES = 64 * RuleVectors.BLOCK_WORDS;

  private final Dimension[] dimensions;
  private final RuleVectors vectors;
  private final DomainMatcher names;
  private final boolean asksName;

  /** By condition on the name, the rule it is of. */
  private final int[] ruleOfName;

  /** By rule, its conditions on the name, and whether they are negated. */
  private final int[][] nameTerms;

  private final boolean[] nameNegated;

  /** Bits of the rules whose terms on the name hold for a flow without one. */
  private final long[] unnamed;

  /** Bits of the rules that no look-up of the name can rule out. */
  private final long[] open;

  /** By rule; null where the rule is {@code must_rules}. The fallback is the last. */
  private final @Nullable TrafficRoute[] routes;

  /** The same for flows that have met a {@code must_rules}. */
  private final @Nullable TrafficRoute[] mustRoutes;

  private final List<String> groups;

  /** Bits of the rules that ask about the sender. */
  private final long[] ofSender;

  /** Vectors of the rules that are {@code must_rules}, and of {@link #unnamed}. */
  private final int mustRules;

  private final int unnamedVector;
  private final ThreadLocal<State> states;

  /** What one decision needs, reused by its thread. */
  private static final class State {

    private final int[] vectors;
    private final long[] candidates;
    private final DomainMatcher.LookUp name;

    State(TrafficRouter router) {
      vectors = new int[router.dimensions.length];
      candidates = new long[router.open.length];
      name = router.names.newLookUp();
    }
  }

  private TrafficRouter(Builder from, Rule.Outbound fallback) {
    int rules = from.rules.size();
    int words = (rules + BLOCK_RULES - 1) / BLOCK_RULES * RuleVectors.BLOCK_WORDS;
    RuleVectors.Builder building = new RuleVectors.Builder(words);
    dimensions =
        from.dimensions.values().stream()
            .map(dimension -> dimension.build(rules, words, building))
            .toArray(Dimension[]::new);
    names = from.names.build();
    asksName = !from.nameTerms.isEmpty();
    ruleOfName = from.nameTerms.rules();
    unnamed = from.nameTerms.withoutAny(rules, words);
    nameTerms = new int[rules][];
    Arrays.setAll(nameTerms, from.nameTerms::of);
    nameNegated = new boolean[ruleOfName.length];
    for (int term = 0; term < nameNegated.length; term++) {
      nameNegated[term] = from.nameTerms.isNegated(term);
    }
    open = openRules(words);
    routes = new TrafficRoute[rules + 1];
    mustRoutes = new TrafficRoute[rules + 1];
    Groups numbers = new Groups();
    for (int rule = 0; rule < rules; rule++) {
      NormalRule each = from.rules.get(rule);
      routes[rule] = numbers.route(each.outbound(), false, each.place());
      mustRoutes[rule] = numbers.route(each.outbound(), true, each.place());
    }
    routes[rules] = numbers.route(fallback, false, fallback.place());
    mustRoutes[rules] = numbers.route(fallback, true, fallback.place());
    groups = List.copyOf(numbers.numbers.keySet());
    ofSender = new long[words];
    from.rulesOfSender.stream().forEach(rule -> ofSender[rule >>> 6] |= 1L << rule);
    unnamedVector = building.add(unnamed);
    mustRules = building.add(mustRules(words));
    vectors = building.build();
    states = ThreadLocal.withInitial(() -> new State(this));
  }

  private long[] mustRules(int words) {
    long[] rules = new long[words];
    for (int rule = 0; rule < routes.length; rule++) {
      if (routes[rule] == null) {
        rules[rule >>> 6] |= 1L << rule;
      }
    }
    return rules;
  }

  private long[] openRules(int words) {
    long[] rules = new long[words];
    for (int rule = 0; rule < nameTerms.length; rule++) {
      boolean named = false;
      for (int term : nameTerms[rule]) {
        named |= !nameNegated[term] && !names.mustRun(term);
      }
      if (!named) {
        rules[rule >>> 6] |= 1L << rule;
      }
    }
    return rules;
  }

  /** Gives each group its number. */
  private static final class Groups {

    private static final String MUST_RULES = "must_rules";

    private final Map<String, Integer> numbers = new LinkedHashMap<>();

    @Nullable TrafficRoute route(Rule.Outbound outbound, boolean mustBefore, Place place) {
      boolean must = mustBefore || outbound.must();
      int mark = (int) outbound.mark().orElse(0);
      String name = outbound.name();
      return switch (name) {
        case MUST_RULES -> null;
        case "direct" -> new TrafficRoute.Direct(must, mark, place);
        case "block" -> new TrafficRoute.Block(must, mark, place);
        default -> {
          int number = numbers.computeIfAbsent(name, key -> numbers.size());
          yield new TrafficRoute.ToGroup(name, number, must, mark, place);
        }
      };
    }
  }

  /**
   * Builds the matchers.
   *
   * @param warnings hears of values that can match nothing
   * @throws ConfigException naming every geodata file and tag that is missing or cannot be read,
   *     and the rule with which the domains are more than {@link #MAX_DOMAINS}; or because the
   *     tables would take more than 256 MiB
   */
  public static TrafficRouter build(
      RoutingSettings settings, GeoDataFiles files, Consumer<Diagnostic> warnings)
      throws ConfigException {
    GeoExpansion geodata = new GeoExpansion(files);
    Builder builder = new Builder(geodata);
    for (NormalRule rule : Normalizer.normalize(settings.rules())) {
      builder.add(rule);
    }
    if (geodata.diagnostics().stream().anyMatch(Diagnostic::isError)) {
      throw new ConfigException(geodata.diagnostics());
    }
    geodata.diagnostics().forEach(warnings);
    TrafficRouter router = new TrafficRouter(builder, settings.fallback());
    long bytes = new TrafficLowering(router.dimensions, router.vectors, router.routes).bytes();
    if (bytes > MAX_BYTES) {
      throw new ConfigException(
          List.of(
              Diagnostic.error(
                  settings.rules().getFirst().place(),
                  "the rules from here on take " + (bytes >> 20) + " MiB, more than 256",
                  "join rules of one outbound, so that fewer of their networks overlap")));
    }
    return router;
  }

  /**
   * What is done with the flow. A domain that is not known fulfils no {@code domain(…)}, and so
   * every {@code !domain(…)}. No allocation, but for regular expressions that must be run.
   */
  public TrafficRoute route(TrafficFlow flow) {
    int fallback = routes.length - 1;
    boolean must = false;
    if (fallback > 0) {
      State state = states.get();
      for (int i = 0; i < dimensions.length; i++) {
        state.vectors[i] = dimensions[i].vector(flow);
      }
      boolean named = asksName && lookUp(flow, state);
      long[] candidates = named ? state.candidates : unnamed;
      for (int word = 0; word < candidates.length; word = next(word, state)) {
        for (long rest = rules(candidates, word, state); rest != 0; rest &= rest - 1) {
          int rule = (word << 6) + Long.numberOfTrailingZeros(rest);
          if (named && !nameHolds(rule, state)) {
            continue;
          }
          TrafficRoute route = must ? mustRoutes[rule] : routes[rule];
          if (route != null) {
            return route;
          }
          must = true;
        }
      }
    }
    TrafficRoute route = must ? mustRoutes[fallback] : routes[fallback];
    if (route == null) {
      throw new IllegalStateException("must_rules is no fallback");
    }
    return route;
  }

  /** Whether any rule asks about the sender. */
  public boolean asksSender() {
    for (long word : ofSender) {
      if (word != 0) {
        return true;
      }
    }
    return false;
  }

  /**
   * All that may be done with flows to where this one goes, whoever sends them: more than one
   * element where rules tell senders apart. The flow's own sender is not looked at.
   */
  public Set<TrafficRoute> routesOfAnySender(TrafficFlow flow) {
    long[] rules = flow.domain() == null ? unnamed.clone() : rulesOfDomain(flow.domain());
    for (Dimension dimension : dimensions) {
      if (!dimension.fact().isOfSender()) {
        int vector = dimension.vector(flow);
        for (int word = 0; word < rules.length; word++) {
          int block = vectors.block(vector, word / RuleVectors.BLOCK_WORDS);
          rules[word] &= vectors.word(block, word % RuleVectors.BLOCK_WORDS);
        }
      }
    }
    Set<TrafficRoute> possible = new LinkedHashSet<>();
    for (int rule = 0; rule < routes.length - 1; rule++) {
      TrafficRoute route = routes[rule];
      if (route != null && (rules[rule >>> 6] & 1L << rule) != 0) {
        possible.add(route);
        if ((ofSender[rule >>> 6] & 1L << rule) == 0) {
          return possible;
        }
      }
    }
    possible.add(Objects.requireNonNull(routes[routes.length - 1]));
    return possible;
  }

  /** The word after this one; the end of the block if the rest of it is empty. */
  private int next(int word, State state) {
    int after = word + 1;
    while (after % RuleVectors.BLOCK_WORDS == 0
        && after < open.length
        && isEmptyBlock(after / RuleVectors.BLOCK_WORDS, state)) {
      after += RuleVectors.BLOCK_WORDS;
    }
    return after;
  }

  private boolean isEmptyBlock(int block, State state) {
    for (int vector : state.vectors) {
      if (vectors.block(vector, block) == RuleVectors.EMPTY_BLOCK) {
        return true;
      }
    }
    return false;
  }

  private long rules(long[] candidates, int word, State state) {
    long rules = candidates[word];
    int block = word / RuleVectors.BLOCK_WORDS;
    int at = word % RuleVectors.BLOCK_WORDS;
    for (int i = 0; i < state.vectors.length && rules != 0; i++) {
      rules &= vectors.word(vectors.block(state.vectors[i], block), at);
    }
    return rules;
  }

  private boolean lookUp(TrafficFlow flow, State state) {
    byte[] domain = flow.domain();
    if (domain == null) {
      return false;
    }
    System.arraycopy(open, 0, state.candidates, 0, open.length);
    names.lookUp(domain, 0, state.name);
    names.collect(state.name, ruleOfName, state.candidates);
    return true;
  }

  private boolean nameHolds(int rule, State state) {
    for (int term : nameTerms[rule]) {
      if (names.holds(term, state.name) == nameNegated[term]) {
        return false;
      }
    }
    return true;
  }

  /** Shows the rules as a program in the kernel can run them. */
  public void lower(TrafficSink sink) {
    TrafficLowering lowering = new TrafficLowering(dimensions, vectors, routes);
    sink.shape(routes.length - 1, vectors.blocksEach(), mustRules, lowering.decidesQueries());
    sink.vectors(vectors.blocks(), vectors.words());
    if (asksName) {
      sink.noDomain(unnamedVector);
    }
    lowering.tables(sink);
    lowering.verdicts(sink);
  }

  /** Whether any rule asks for the domain. */
  public boolean asksDomain() {
    return asksName;
  }

  /**
   * Bits of the rules whose terms on the domain hold for it.
   *
   * @param wireName lower-cased, well-formed
   */
  public long[] rulesOfDomain(byte[] wireName) {
    State state = states.get();
    System.arraycopy(open, 0, state.candidates, 0, open.length);
    names.lookUp(wireName, 0, state.name);
    names.collect(state.name, ruleOfName, state.candidates);
    long[] rules = state.candidates.clone();
    for (int word = 0; word < rules.length; word++) {
      for (long rest = rules[word]; rest != 0; rest &= rest - 1) {
        int rule = (word << 6) + Long.numberOfTrailingZeros(rest);
        if (!nameHolds(rule, state)) {
          rules[word] &= ~(1L << rule);
        }
      }
    }
    return rules;
  }

  /** Whether nothing is ever decided: every packet goes its way, and every query to gander. */
  public boolean isIdle() {
    return routes.length == 1
        && routes[0] instanceof TrafficRoute.Direct direct
        && direct.mark() == 0
        && !direct.must();
  }

  /** Names of groups by their number. */
  public List<String> groups() {
    return groups;
  }

  /** Sorts the terms of rules by the fact they are on. */
  private static final class Builder {

    private final GeoExpansion geodata;
    private final List<NormalRule> rules = new ArrayList<>();
    private final DomainMatcher.Builder names = new DomainMatcher.Builder();
    private final RuleTerms nameTerms = new RuleTerms();
    private final Map<PacketFact, Dimension.Builder> dimensions = new EnumMap<>(PacketFact.class);
    private final BitSet rulesOfSender = new BitSet();
    private boolean full;

    Builder(GeoExpansion geodata) {
      this.geodata = geodata;
    }

    void add(NormalRule rule) {
      for (NormalRule.Condition condition : rule.conditions()) {
        if (condition.test() instanceof NormalRule.Test.Name test) {
          nameTerms.add(rules.size(), condition.negated());
          names.condition();
          geodata.addNames(test.patterns(), names);
        } else {
          PacketTerms.Term term = PacketTerms.of(condition.test(), geodata);
          if (term.fact().isOfSender()) {
            rulesOfSender.set(rules.size());
          }
          dimensions
              .computeIfAbsent(term.fact(), Dimension.Builder::new)
              .term(rules.size(), condition.negated(), term.values());
        }
      }
      rules.add(rule);
      if (!full && names.patterns() > MAX_DOMAINS) {
        full = true;
        geodata.error(
            rule.place(),
            "with this rule the domains of `routing` are more than " + MAX_DOMAINS,
            "name shorter lists, or put what they share above all else into one suffix");
      }
    }
  }
}
