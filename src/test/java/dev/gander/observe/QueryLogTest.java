package dev.gander.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.ExtendedError;
import dev.gander.message.Messages;
import dev.gander.message.Query;
import dev.gander.message.QueryView;
import dev.gander.message.Rcode;
import dev.gander.message.RecordType;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class QueryLogTest {

  private final Counters counters = new Counters();
  private final List<String> lines = new ArrayList<>();
  private final Client client = new Client();

  private QueryLog log(int sample) {
    client.setSource(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.7"), 4711));
    client.setAsked(new InetSocketAddress(InetAddress.ofLiteral("198.51.100.53"), 53));
    client.setMac(0x0200_0000_0a0bL);
    return new QueryLog(sample, () -> 1_700_000_000_123L, counters);
  }

  private static QueryView view(String name) {
    return Messages.view(Messages.query(name, RecordType.AAAA));
  }

  @Test
  void aLineTellsWhoAskedWhatAndWhatBecameOfIt() {
    QueryLog log = log(1);
    Query query = view("www.example.org").toQuery(client);
    Answer answer = Answer.failure(Rcode.SERVFAIL, ExtendedError.OTHER, "");
    log.answered(query, answer, Counter.ANSWERED_FAILURE, "up \"1\"", 12_345_678);
    log.drain(lines::add);
    assertThat(lines)
        .containsExactly(
            "{\"time\":\"2023-11-14T22:13:20.123Z\",\"client\":\"192.0.2.7\",\"port\":4711,"
                + "\"mac\":\"02:00:00:00:0a:0b\",\"asked\":\"198.51.100.53\",\"transport\":\"udp\","
                + "\"name\":\"www.example.org\",\"type\":\"AAAA\",\"rcode\":\"SERVFAIL\","
                + "\"how\":\"answered_failure\",\"from\":\"up \\\"1\\\"\",\"ms\":12.346}\n");
  }

  @Test
  void anIpv6AddressIsAsPeopleWriteIt() {
    QueryLog log = log(1);
    client.setSource(new InetSocketAddress(InetAddress.ofLiteral("2001:db8::7"), 4711));
    client.setAsked(new InetSocketAddress(InetAddress.ofLiteral("2001:db8:0:1::53"), 53));

    log.answeredNow(view("www.example.org"), client, 0, Counter.ANSWERED_FROM_CACHE);
    log.drain(lines::add);

    assertThat(lines)
        .singleElement()
        .asString()
        .contains("\"client\":\"2001:db8::7\"", "\"asked\":\"2001:db8:0:1::53\"");
  }

  @Test
  void oneOfSoManyIsWrittenAndWhatFindsNoRoomIsCounted() {
    QueryLog log = log(10);
    QueryView view = view("www.example.org");
    for (int i = 0; i < 100; i++) {
      log.answeredNow(view, client, 0, Counter.ANSWERED_FROM_CACHE);
    }
    log.drain(lines::add);
    assertThat(lines).hasSize(10).allMatch(line -> line.contains("\"rcode\":\"NOERROR\""));

    QueryLog all = log(1);
    for (int i = 0; i < 9000; i++) {
      all.answeredNow(view, client, 3, Counter.ANSWERED_FROM_CACHE);
    }
    lines.clear();
    all.drain(lines::add);
    assertThat(lines.size() + counters.get(Counter.QUERY_LOG_LOST)).isEqualTo(9000);
    assertThat(counters.get(Counter.QUERY_LOG_LOST)).isPositive();
  }
}
