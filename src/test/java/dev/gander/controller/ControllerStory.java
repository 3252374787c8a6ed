package dev.gander.controller;

import dev.gander.cache.AnswerCache;
import dev.gander.clock.Eventually;
import dev.gander.clock.FakeClock;
import dev.gander.config.DnsSettings;
import dev.gander.config.DnsText;
import dev.gander.geodata.GeoDataFiles;
import dev.gander.message.Client;
import dev.gander.message.Messages;
import dev.gander.message.QueryView;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import dev.gander.observe.QueryEvents;
import dev.gander.route.DnsRouter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;

/** What stories of queries need: a controller, upstreams, a clock, a client, and the accounts. */
abstract class ControllerStory {

  static final String WWW = "www.example.org";
  static final String ONE_UPSTREAM =
      """
      upstream { up: 'udp://192.0.2.53:53' }
      routing { request { fallback: up } }
      """;

  final FakeClock clock = new FakeClock();
  final FakeUpstreams upstreams = new FakeUpstreams();
  final Counters counters = new Counters();
  final Client client = new Client();
  QueryController controller = controller(ONE_UPSTREAM, QueryController.MAX_IN_FLIGHT);

  @BeforeEach
  void aClientInTheLan() throws IOException {
    client.setSource(address("10.0.0.2", 40_000));
    client.setAsked(address("8.8.8.8", 53));
    client.setIntercepted(true);
  }

  @AfterEach
  void everyQueryIsAccountedFor() throws Exception {
    // One that is just ending is counted before it is no more under way.
    Eventually.holds(() -> ended() + controller.inFlight() == counters.get(Counter.RECEIVED));
  }

  private long ended() {
    return counters.snapshot().entrySet().stream()
        .filter(count -> count.getKey().name().matches("(ANSWERED|REFUSED|DROPPED)_.*"))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  void use(String dns) {
    controller = controller(dns, QueryController.MAX_IN_FLIGHT);
  }

  QueryController controller(String dns, int maxInFlight) {
    return controller(dns, maxInFlight, Thread::startVirtualThread, QueryEvents.NONE);
  }

  QueryController controller(String dns, int maxInFlight, Executor threads, QueryEvents events) {
    DnsSettings settings = DnsText.dns(dns);
    return new QueryController(
        ControllerParts.of(
                settings,
                router(settings),
                new AnswerCache(settings, clock),
                upstreams,
                counters,
                clock,
                threads)
            .with(events)
            .withMaxInFlight(maxInFlight));
  }

  static DnsRouter router(DnsSettings settings) {
    try {
      return DnsRouter.build(settings, new GeoDataFiles(List.of()), index -> "", warning -> {});
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** What a listener does with one message: answered at once, or on a virtual thread. */
  CompletableFuture<Message> ask(Message message) {
    byte[] wire = message.toWire();
    QueryView view = new QueryView();
    view.parse(wire, 0, wire.length);
    byte[] out = new byte[1232];
    int length = controller.answerNow(view, client, out);
    CompletableFuture<Message> reply = new CompletableFuture<>();
    if (length == QueryController.ASK) {
      QueryController.Pending pending = controller.pending(view, client);
      Thread.startVirtualThread(() ->
          controller.answer(
              pending,
              answer -> reply.complete(Messages.read(out, answer.writeTo(pending.query(), out)))));
    } else {
      reply.complete(Messages.read(out, length));
    }
    return reply;
  }

  int now(byte[] wire) {
    QueryView view = new QueryView();
    view.parse(wire, 0, wire.length);
    return controller.answerNow(view, client, new byte[1232]);
  }

  static Message join(CompletableFuture<Message> reply) throws Exception {
    return reply.get(20, TimeUnit.SECONDS);
  }

  /** {@code address ttl} of each record in the answer section. */
  static List<String> addresses(CompletableFuture<Message> reply) {
    try {
      return join(reply).getSection(Section.ANSWER).stream()
          .map(record -> record.rdataToString() + " " + record.getTTL())
          .toList();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** {@code code text} of the Extended DNS Error. */
  static String error(CompletableFuture<Message> reply) throws Exception {
    return join(reply).getOPT().getOptions().stream()
        .map(ExtendedErrorCodeOption.class::cast)
        .map(option -> option.getErrorCode() + " " + option.getText())
        .findFirst()
        .orElseThrow();
  }

  static InetSocketAddress address(String literal, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(literal), port);
  }
}
