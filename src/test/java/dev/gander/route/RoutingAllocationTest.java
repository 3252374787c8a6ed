package dev.gander.route;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.gander.geodata.GeoDataFiles;
import dev.gander.message.Client;
import dev.gander.message.Name;
import dev.gander.message.QueryView;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoutingAllocationTest {

  private static final int ROUNDS = 20_000;

  private static final String[] NAMES = {
    "www.example.com", "a.b.c.example.org", "ads.tracker.net", "x", "nothing.here.at.all", "."
  };

  @Test
  void routingAQuestionAllocatesNothing() throws Exception {
    List<String> rules =
        new ArrayList<>(
            List.of(
                "qname(keyword:tracker) -> reject",
                "qname(full:www.example.com) && !qtype(AAAA) -> one",
                "sip(10.0.0.0/8) && pname(curl, dig) -> two",
                "mac('02:00:5e:10:00:01') && iif(br-lan) -> three",
                "qname(regex:'^never[0-9]+\\.') -> two",
                "!qname(example.com, example.org) && sip('2001:db8::/32') -> four"));
    for (int i = 0; i < 200; i++) {
      rules.add("qname(host" + i + ".example) -> one");
    }
    DnsRouter router =
        DnsRouter.build(
            RuleText.requests("asis", rules).dns(),
            new GeoDataFiles(List.of()),
            index -> "br-lan",
            warning -> {});
    Client client = new Client();
    client.setSource(new InetSocketAddress(InetAddress.ofLiteral("10.1.2.3"), 4711));
    client.setMac(0x02005e100002L);
    client.setIfindex(3);
    QueryView[] views = new QueryView[NAMES.length];
    for (int i = 0; i < NAMES.length; i++) {
      views[i] = view(NAMES[i]);
    }
    route(router, views, client); // the first run makes the thread's state and loads classes

    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    long empty = threads.getCurrentThreadAllocatedBytes() - before;
    before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < ROUNDS; i++) {
      route(router, views, client);
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before - empty;
    // Not quite zero: where compiled code takes over from the interpreter, an object may be made
    // once.
    assertThat(allocated)
        .as("bytes of %d routed questions", ROUNDS * NAMES.length)
        .isLessThan(ROUNDS / 10);
  }

  private static void route(DnsRouter router, QueryView[] views, Client client) {
    for (QueryView view : views) {
      router.request(view, client);
    }
  }

  private static QueryView view(String name) {
    byte[] wire = Name.toWire(name);
    byte[] query = new byte[12 + wire.length + 4];
    query[5] = 1;
    System.arraycopy(wire, 0, query, 12, wire.length);
    query[query.length - 3] = 1;
    query[query.length - 1] = 1;
    QueryView view = new QueryView();
    assertThat(view.parse(query, 0, query.length)).isEqualTo(QueryView.Verdict.OK);
    return view;
  }
}
