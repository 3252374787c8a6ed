package dev.gander.listen;

import dev.gander.cache.AnswerCache;
import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings;
import dev.gander.config.DnsText;
import dev.gander.controller.ControllerParts;
import dev.gander.controller.QueryController;
import dev.gander.forward.Upstreams;
import dev.gander.geodata.GeoDataFiles;
import dev.gander.message.Answer;
import dev.gander.message.Messages;
import dev.gander.message.Query;
import dev.gander.message.RecordType;
import dev.gander.observe.Counters;
import dev.gander.route.DnsRouter;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;

/**
 * A real controller behind the listeners under test. Its upstream answers A with 192.0.2.1, TXT
 * with nearly 60,000 bytes, and names that begin with "slow" only after {@link #release}.
 */
final class Pipeline {

  final Counters counters = new Counters();
  final QueryController controller;
  private final CountDownLatch released = new CountDownLatch(1);
  private final CountDownLatch slowAsked = new CountDownLatch(1);

  Pipeline(Clock clock) {
    DnsSettings settings =
        DnsText.dns("upstream { up: 'udp://192.0.2.53' } routing { request { fallback: up } }");
    try {
      controller =
          new QueryController(
              ControllerParts.of(
                  settings,
                  DnsRouter.build(
                      settings, new GeoDataFiles(List.of()), index -> "", warning -> {}),
                  new AnswerCache(settings, clock),
                  new Upstream(),
                  counters,
                  clock,
                  Thread::startVirtualThread));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Lets the upstream answer slow names. */
  void release() {
    released.countDown();
  }

  /** Blocks until the upstream is asked for a slow name. */
  void awaitSlowAsked() throws InterruptedException {
    slowAsked.await();
  }

  private final class Upstream implements Upstreams {

    @Override
    public Reply ask(Query query, String upstream, long deadlineNanos) throws InterruptedException {
      String name = query.question().name();
      if (name.startsWith("slow")) {
        slowAsked.countDown();
        released.await();
      }
      Answer answer =
          Messages.answer(
              query.question().type() == RecordType.TXT
                  ? longResponse(name)
                  : Messages.addressResponse(name, 300, "192.0.2.1"));
      return new Reply(answer, upstream);
    }

    @Override
    public Answer askAsIs(Query query, long deadlineNanos) throws InterruptedException {
      return ask(query, "asis", deadlineNanos).answer();
    }

    private static Message longResponse(String name) {
      Message response = Messages.response(name, RecordType.TXT);
      for (int i = 0; i < 240; i++) {
        String text = "x".repeat(230) + i;
        response.addRecord(
            new TXTRecord(Messages.name(name), DClass.IN, 300, text), Section.ANSWER);
      }
      return response;
    }
  }
}
