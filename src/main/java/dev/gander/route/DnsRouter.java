package dev.gander.route;

import dev.gander.config.ConfigException;
import dev.gander.config.Diagnostic;
import dev.gander.config.DnsSettings;
import dev.gander.config.Place;
import dev.gander.config.RoutingSettings;
import dev.gander.config.Rule;
import dev.gander.geodata.GeoDataFiles;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.QueryView;
import dev.gander.message.Question;
import dev.gander.message.Request;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * The rules of {@code dns.routing}: where a question goes, what becomes of an answer, and which
 * resolver gander's own look-ups use. Immutable, for any number of threads; each platform thread
 * that routes keeps a few kilobytes for it.
 */
public final class DnsRouter {

  private final RuleSet requests;
  private final RuleSet responses;
  private final RequestRoute[] requestRoutes;
  private final RequestRoute requestFallback;
  private final ResponseRoute[] responseRoutes;
  private final ResponseRoute responseFallback;
  private final List<OwnRule> ownRules;
  private final List<String> policies;
  private final ClientClasses clientClasses;
  private final RejectedNames rejectedNames;
  private final boolean asksAsIs;
  private final boolean classesTellExits;
  private final ThreadLocal<RuleSet.Facts> requestFacts;
  private final ThreadLocal<RuleSet.Facts> responseFacts;

  /** A rule of one selector, which is never mixed with what asks a client's question. */
  private record OwnRule(boolean negated, Selector selector, RequestRoute.To route) {}

  /** Gives each upstream its policy number. */
  private static final class Policies {

    private final Map<String, Integer> numbers = new LinkedHashMap<>();

    RequestRoute route(Rule.Outbound outbound, boolean named, Place place) {
      return switch (outbound.name()) {
        case "reject" -> new RequestRoute.Reject(named, place);
        case "asis" -> new RequestRoute.AsIs(named, place);
        default -> to(outbound, named, place);
      };
    }

    RequestRoute.To to(Rule.Outbound outbound, boolean named, Place place) {
      String name = outbound.name();
      int number = numbers.computeIfAbsent(name, key -> numbers.size());
      return new RequestRoute.To(name, number, named, place);
    }
  }

  private DnsRouter(
      DnsSettings settings,
      SenderTests senders,
      GeoExpansion geodata,
      IntFunction<String> interfaceNames) {
    Policies numbers = new Policies();
    RuleSet.Builder requestRules = new RuleSet.Builder(geodata, interfaceNames);
    List<RequestRoute> routes = new ArrayList<>();
    List<NormalRule> lowered = new ArrayList<>();
    List<OwnRule> own = new ArrayList<>();
    for (NormalRule rule : Normalizer.normalize(settings.request().rules())) {
      NormalRule.Condition first = rule.conditions().getFirst();
      if (first.test() instanceof NormalRule.Test.Own test) {
        RequestRoute.To route = numbers.to(rule.outbound(), false, rule.place());
        own.add(new OwnRule(first.negated(), test.selector(), route));
      } else {
        requestRules.add(rule);
        lowered.add(rule);
        routes.add(numbers.route(rule.outbound(), rule.named(), rule.place()));
      }
    }
    Rule.Outbound fallback = settings.request().fallback();
    for (NormalRule.Test each : senders.tests()) {
      if (each instanceof NormalRule.Test.Address addresses) {
        requestRules.addClients(addresses);
      }
    }
    requests = requestRules.build();
    requestRoutes = routes.toArray(RequestRoute[]::new);
    requestFallback = numbers.route(fallback, false, fallback.place());
    Lowering lowering =
        new Lowering(
            lowered,
            senders.tests(),
            requests,
            rule -> requestRoutes[rule] instanceof RequestRoute.Reject,
            interfaceNames);
    clientClasses = lowering.clientClasses();
    classesTellExits = senders.whole();
    rejectedNames = lowering.rejectedNames();
    asksAsIs =
        requestFallback instanceof RequestRoute.AsIs
            || routes.stream().anyMatch(RequestRoute.AsIs.class::isInstance);
    ownRules = List.copyOf(own);
    policies = List.copyOf(numbers.numbers.keySet());

    RuleSet.Builder responseRules = new RuleSet.Builder(geodata, interfaceNames);
    List<ResponseRoute> decisions = new ArrayList<>();
    for (NormalRule rule : Normalizer.normalize(settings.response().rules())) {
      responseRules.add(rule);
      decisions.add(responseRoute(rule.outbound(), rule.named(), rule.place()));
    }
    responses = responseRules.build();
    responseRoutes = decisions.toArray(ResponseRoute[]::new);
    responseFallback =
        responseRoute(
            settings.response().fallback(), false, settings.response().fallback().place());
    requestFacts = ThreadLocal.withInitial(() -> requests.new Facts());
    responseFacts = ThreadLocal.withInitial(() -> responses.new Facts());
  }

  /**
   * Builds the matchers.
   *
   * @param interfaceNames name of the interface with an index, empty if there is none; asked for
   *     each query that an {@code iif} rule looks at
   * @param warnings hears of values that can match nothing
   * @throws ConfigException naming every geodata file and tag that is missing or cannot be read
   */
  public static DnsRouter build(
      DnsSettings settings,
      GeoDataFiles files,
      IntFunction<String> interfaceNames,
      Consumer<Diagnostic> warnings)
      throws ConfigException {
    return build(settings, SenderTests.NONE, files, interfaceNames, warnings);
  }

  /**
   * As {@link #build(DnsSettings, GeoDataFiles, IntFunction, Consumer)}.
   *
   * @param traffic rules by which {@link #clientClasses} are to be told apart, too
   */
  public static DnsRouter build(
      DnsSettings settings,
      RoutingSettings traffic,
      GeoDataFiles files,
      IntFunction<String> interfaceNames,
      Consumer<Diagnostic> warnings)
      throws ConfigException {
    return build(settings, SenderTests.of(traffic), files, interfaceNames, warnings);
  }

  private static DnsRouter build(
      DnsSettings settings,
      SenderTests senders,
      GeoDataFiles files,
      IntFunction<String> interfaceNames,
      Consumer<Diagnostic> warnings)
      throws ConfigException {
    GeoExpansion geodata = new GeoExpansion(files);
    DnsRouter router = new DnsRouter(settings, senders, geodata, interfaceNames);
    if (geodata.diagnostics().stream().anyMatch(Diagnostic::isError)) {
      throw new ConfigException(geodata.diagnostics());
    }
    geodata.diagnostics().forEach(warnings);
    return router;
  }

  /** Where the question goes. No allocation, but for regular expressions that must be run. */
  public RequestRoute request(QueryView query, Client client) {
    return request(query.name(), query.type(), client);
  }

  /** Where the question goes; for one that has left its buffer. */
  public RequestRoute request(Question question, Client client) {
    return request(question.wireName(), question.type(), client);
  }

  /**
   * Where the question for another type of the same name goes. No allocation, but for regular
   * expressions that must be run.
   */
  public RequestRoute request(Request query, int type, Client client) {
    return request(query.name(), type, client);
  }

  private RequestRoute request(byte[] name, int type, Client client) {
    int rule = requests.firstForRequest(requestFacts.get(), name, type, client);
    return rule == RuleSet.NONE ? requestFallback : requestRoutes[rule];
  }

  /**
   * What becomes of an answer.
   *
   * @param upstream name of the upstream or group that was asked; {@code asis} for the client's own
   *     server
   * @param by name of the upstream that answered: {@code upstream}, or a member of the group
   */
  public ResponseRoute response(Question question, Answer answer, String upstream, String by) {
    if (responseRoutes.length == 0) {
      // A virtual thread would make its own state only to find nothing to look at.
      return responseFallback;
    }
    int rule =
        responses.firstForResponse(
            responseFacts.get(), question.wireName(), question.type(), answer, upstream, by);
    return rule == RuleSet.NONE ? responseFallback : responseRoutes[rule];
  }

  /**
   * What may become of an answer before it is known, in the order in which rules are asked; the
   * last one holds if none before it does.
   *
   * @param upstream as of {@link #response}
   * @param by as of {@link #response}
   */
  public List<ResponseRoute> possibleResponses(Question question, String upstream, String by) {
    return responses
        .possibleForResponse(
            responseFacts.get(), question.wireName(), question.type(), upstream, by)
        .stream()
        .map(rule -> rule == RuleSet.NONE ? responseFallback : responseRoutes[rule])
        .toList();
  }

  /** The resolver of a look-up of gander's own, if a selector rule names one. */
  public Optional<RequestRoute.To> ownLookup(OwnLookup lookup) {
    return ownRules.stream()
        .filter(rule -> rule.selector().matches(lookup) != rule.negated())
        .map(OwnRule::route)
        .findFirst();
  }

  /** Which clients the request rules can tell apart. */
  public ClientClasses clientClasses() {
    return clientClasses;
  }

  /** The names that request rules reject whoever asks, as far as hashes can tell. */
  public RejectedNames rejectedNames() {
    return rejectedNames;
  }

  /**
   * Whether clients of one class take the same exits, too: where traffic rules ask more than
   * classes can tell, they do not.
   */
  public boolean classesTellExits() {
    return classesTellExits;
  }

  /** Whether any question goes to the server that the client asked. */
  public boolean asksAsIs() {
    return asksAsIs;
  }

  /** Names of upstreams and groups by policy number. */
  public List<String> policies() {
    return policies;
  }

  private static ResponseRoute responseRoute(Rule.Outbound outbound, boolean named, Place place) {
    return switch (outbound.name()) {
      case "accept" -> new ResponseRoute.Accept(named, place);
      case "reject" -> new ResponseRoute.Reject(place);
      default -> new ResponseRoute.Ask(outbound.name(), place);
    };
  }
}
