package dev.gander.cache;

import static dev.gander.config.DnsText.dns;
import static dev.gander.message.Messages.addressResponse;
import static dev.gander.message.Messages.answer;
import static dev.gander.message.Messages.dnssecQuery;
import static dev.gander.message.Messages.negativeResponse;
import static dev.gander.message.Messages.query;
import static dev.gander.message.Messages.read;
import static dev.gander.message.Messages.response;
import static dev.gander.message.Messages.view;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.FakeClock;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.ExtendedError;
import dev.gander.message.QueryView;
import dev.gander.message.Rcode;
import dev.gander.message.RecordType;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

class AnswerCacheTest {

  private static final String WWW = "www.example.org";
  private static final Answer REACHED_NOBODY =
      Answer.failure(Rcode.SERVFAIL, ExtendedError.NO_REACHABLE_AUTHORITY, "nobody");

  private final FakeClock clock = new FakeClock();
  private AnswerCache cache = new AnswerCache(dns(""), clock);

  @Test
  void anAnswerIsFoundWhateverTheLetterCaseWithItsTtlCountedDown() {
    keep(WWW, answer(addressResponse(WWW, 300, "192.0.2.1")));
    clock.advance(Duration.ofMillis(20_900));

    Message hit = hit(view(query("WWW.example.ORG", RecordType.A, 99)));

    assertThat(hit.getHeader().getID()).isEqualTo(99);
    assertThat(hit.getQuestion().getName().toString()).isEqualTo("WWW.example.ORG.");
    assertThat(hit.getSection(Section.ANSWER)).extracting(Record::getTTL).containsExactly(280L);
    assertThat(cache.find(key(WWW)).orElseThrow().ttl()).isEqualTo(280);
  }

  @Test
  void anAnswerEndsWithItsTtl() {
    keep(WWW, answer(addressResponse(WWW, 300, "192.0.2.1")));

    clock.advance(Duration.ofMillis(299_999));
    assertThat(hit(view(query(WWW, RecordType.A))).getSection(Section.ANSWER))
        .extracting(Record::getTTL)
        .containsExactly(1L);
    clock.advance(Duration.ofMillis(1));

    assertThat(misses(view(query(WWW, RecordType.A)))).isTrue();
    assertThat(cache.find(key(WWW))).isEmpty();
  }

  @Test
  void typeDnssecFlagUpstreamAndServerAreEachPartOfTheKey() {
    keep(WWW, answer(addressResponse(WWW, 300, "192.0.2.1")));
    QueryView plain = view(query(WWW, RecordType.A));
    Message unchecked = query(WWW, RecordType.A);
    unchecked.getHeader().setFlag(Flags.CD);

    CacheKey probe = CacheKey.probe();
    byte[] out = new byte[1232];

    assertThat(misses(view(query(WWW, RecordType.AAAA)))).isTrue();
    assertThat(misses(view(dnssecQuery(WWW, RecordType.A, 1232)))).isTrue();
    assertThat(misses(view(unchecked))).isTrue();
    assertThat(misses(view(query("ww.example.org", RecordType.A)))).isTrue();
    assertThat(cache.writeTo(probe.pointAt(plain, "other"), plain, 512, out)).isZero();
    assertThat(cache.writeTo(probe.pointAtAsked(plain, asking(1)), plain, 512, out)).isZero();
    assertThat(cache.writeTo(probe.pointAt(plain, "up"), plain, 512, out)).isPositive();
  }

  @Test
  void serversAskedAsIsAreKeptApartByAddress() {
    QueryView plain = view(query(WWW, RecordType.A));
    Answer answer = answer(addressResponse(WWW, 300, "192.0.2.1"));
    Answer unused = cache.keep(CacheKey.ofAsked(plain, asking(1)), answer);

    assertThat(unused).isEqualTo(answer);
    assertThat(cache.find(CacheKey.ofAsked(plain, asking(1)))).isPresent();
    assertThat(cache.find(CacheKey.ofAsked(plain, asking(2)))).isEmpty();
  }

  @Test
  void negativeAnswersAreKeptByTheirSoaAndForgottenByClientsAtTheSameTime() {
    keep(WWW, answer(negativeResponse(WWW, RecordType.A, 3, 3600, 60)));

    clock.advance(Duration.ofSeconds(59));
    Message hit = hit(view(query(WWW, RecordType.A)));
    assertThat(hit.getRcode()).isEqualTo(3);
    assertThat(hit.getSection(Section.AUTHORITY)).extracting(Record::getTTL).containsExactly(1L);
    clock.advance(Duration.ofSeconds(1));

    assertThat(misses(view(query(WWW, RecordType.A)))).isTrue();
  }

  @Test
  void ttlsStayWithinTheConfiguredBounds() {
    use("min_ttl: 60s\nmax_ttl: 600s\nnegative_ttl_max: 30s");

    Answer brief = keep("a.example.org", answer(addressResponse("a.example.org", 1, "192.0.2.1")));
    Answer hours =
        keep("b.example.org", answer(addressResponse("b.example.org", 9999, "192.0.2.1")));
    Answer negative =
        keep("c.example.org", answer(negativeResponse("c.example.org", RecordType.A, 3, 90, 90)));

    assertThat(brief.ttl()).isEqualTo(60);
    assertThat(hours.ttl()).isEqualTo(600);
    assertThat(negative.ttl()).isEqualTo(30);
    clock.advance(Duration.ofSeconds(59));
    assertThat(cache.find(key("a.example.org"))).isPresent();
    assertThat(cache.find(key("c.example.org"))).isEmpty();
  }

  @Test
  void aFixedTtlReplacesTheServersAndZeroMeansNotToKeep() {
    use("fixed_domain_ttl { DDNS.example.org.: 7 }");
    Answer kept =
        keep("ddns.example.org", answer(addressResponse("ddns.example.org", 300, "192.0.2.1")));
    assertThat(kept.ttl()).isEqualTo(7);

    use("fixed_domain_ttl { ddns.example.org: 0 }");
    keep("ddns.example.org", answer(addressResponse("ddns.example.org", 300, "192.0.2.1")));
    assertThat(cache.find(key("ddns.example.org"))).isEmpty();
  }

  @Test
  void whatDoesNotHoldIsNotKept() {
    Message truncated = addressResponse(WWW, 300, "192.0.2.1");
    truncated.getHeader().setFlag(Flags.TC);

    keep(WWW, answer(truncated));
    assertThat(cache.find(key(WWW))).isEmpty();
    keep(WWW, answer(addressResponse(WWW, 0, "192.0.2.1")));
    assertThat(cache.find(key(WWW))).isEmpty();
    keep(WWW, answer(response(WWW, RecordType.A)));
    assertThat(cache.find(key(WWW))).isEmpty();
  }

  @Test
  void aServersFailureIsKeptForFiveSecondsAndAnUnreachableOneForOne() {
    Message servfail = response(WWW, RecordType.A);
    servfail.getHeader().setRcode(2);
    keep(WWW, answer(servfail));
    cache.keepUnreachable(key("x.example.org"), REACHED_NOBODY);

    assertThat(cache.find(key("x.example.org"))).contains(REACHED_NOBODY);
    clock.advance(Duration.ofSeconds(1));
    assertThat(cache.find(key("x.example.org"))).isEmpty();
    clock.advance(Duration.ofMillis(3_999));
    assertThat(hit(view(query(WWW, RecordType.A))).getRcode()).isEqualTo(2);
    clock.advance(Duration.ofMillis(1));
    assertThat(misses(view(query(WWW, RecordType.A)))).isTrue();
  }

  @Test
  void aFailureNeverReplacesAnAnswerThatHolds() {
    keep(WWW, answer(addressResponse(WWW, 300, "192.0.2.1")));

    cache.keepUnreachable(key(WWW), REACHED_NOBODY);

    assertThat(cache.find(key(WWW)).orElseThrow().kind()).isEqualTo(Answer.Kind.POSITIVE);
  }

  @Test
  void whatIsKeptNoLongerSpeaksWithAuthority() {
    Message upstream = addressResponse(WWW, 300, "192.0.2.1");
    upstream.getHeader().setFlag(Flags.AA);

    Answer fresh = keep(WWW, answer(upstream));

    assertThat(fresh).isEqualTo(answer(upstream));
    assertThat(hit(view(query(WWW, RecordType.A))).getHeader().getFlag(Flags.AA)).isFalse();
  }

  @Test
  void theBoundInBytesHolds() {
    use("cache_size: 100KiB");

    fill(2_000);

    assertThat(cache.heapBytes()).isBetween(50_000L, 102_400L);
  }

  @Test
  void theBoundInEntriesHolds() {
    use("max_cache_size: 100");

    fill(2_000);

    assertThat(cache.heapBytes()).isPositive();
    assertThat(cache.size()).isBetween(50L, 100L);
  }

  @Test
  void entriesThatEndedGiveTheirMemoryBack() {
    fill(100);
    clock.advance(Duration.ofHours(1));

    assertThat(cache.heapBytes()).isZero();
  }

  private void fill(int count) {
    for (int i = 0; i < count; i++) {
      String name = "n" + i + ".example.org";
      keep(name, answer(addressResponse(name, 300, "192.0.2.1")));
    }
  }

  private void use(String settings) {
    cache = new AnswerCache(dns(settings), clock);
  }

  private Answer keep(String name, Answer answer) {
    return cache.keep(key(name), answer);
  }

  private static CacheKey key(String name) {
    return CacheKey.of(view(query(name, RecordType.A)), "up");
  }

  private Message hit(QueryView view) {
    byte[] out = new byte[1232];
    int length = cache.writeTo(CacheKey.probe().pointAt(view, "up"), view, 512, out);
    assertThat(length).isPositive();
    return read(out, length);
  }

  private boolean misses(QueryView view) {
    return cache.writeTo(CacheKey.probe().pointAt(view, "up"), view, 512, new byte[1232]) == 0;
  }

  private static Client asking(int server) {
    Client client = new Client();
    client.setAsked(0, (0xffffL << 32) | server, 53);
    return client;
  }
}
