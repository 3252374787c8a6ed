package dev.gander.cache;

import static dev.gander.cache.Lookup.Outcome.FRESH;
import static dev.gander.cache.Lookup.Outcome.MISSING;
import static dev.gander.cache.Lookup.Outcome.STALE;
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
import dev.gander.message.Messages;
import dev.gander.message.QueryView;
import dev.gander.message.Rcode;
import dev.gander.message.RecordType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
  private final Lookup look = new Lookup();
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

    assertThat(misses(view(query(WWW, RecordType.AAAA)))).isTrue();
    assertThat(misses(view(dnssecQuery(WWW, RecordType.A, 1232)))).isTrue();
    assertThat(misses(view(unchecked))).isTrue();
    assertThat(misses(view(query("ww.example.org", RecordType.A)))).isTrue();
    assertThat(cache.look(probe.pointAt(plain, "other"), look)).isEqualTo(MISSING);
    assertThat(cache.look(probe.pointAtAsked(plain, asking(1)), look)).isEqualTo(MISSING);
    CacheKey subnet = probe.pointAt(plain, "up").inSubnet(0, 0xffff_c000_0200L, 120);
    assertThat(cache.look(subnet, look)).isEqualTo(MISSING);
    assertThat(cache.look(probe.pointAt(plain, "up"), look)).isEqualTo(FRESH);
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
    assertThat(cache.keepFailure(key(WWW), answer(servfail))).isEmpty();
    assertThat(cache.keepUnreachable(key("x.example.org"), REACHED_NOBODY)).isEmpty();

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

    assertThat(cache.keepUnreachable(key(WWW), REACHED_NOBODY)).isPresent();

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
    clock.advance(Duration.ofHours(25));

    assertThat(cache.heapBytes()).isZero();
  }

  @Test
  void theLongestSuffixOfAFixedTtlWinsAndTheNameItselfBeforeAll() {
    use(
        """
        fixed_domain_ttl {
          '*.example.org': 50
          '*.a.example.org': 40
          x.a.example.org: 30
          *.gone.example.org: 0
        }
        """);

    assertThat(keptTtl("www.example.org")).isEqualTo(50);
    assertThat(keptTtl("y.a.example.org")).isEqualTo(40);
    assertThat(keptTtl("x.a.example.org")).isEqualTo(30);
    assertThat(keptTtl("a.example.org")).isEqualTo(50);
    assertThat(keptTtl("example.org")).isEqualTo(300);
    assertThat(keptTtl("x.gone.example.org")).isZero();
    assertThat(cache.find(key("x.gone.example.org"))).isEmpty();
  }

  @Test
  void anAnswerIsStaleForItsWindowAndThenALastResortForADay() {
    keep(WWW, answer(addressResponse(WWW, 300, "192.0.2.1")));

    clock.advance(Duration.ofMinutes(5));
    assertThat(cache.look(key(WWW), look)).isEqualTo(STALE);
    assertThat(look.answer().ttl()).isEqualTo(Lookup.STALE_TTL);
    clock.advance(Duration.ofMinutes(1));
    assertThat(cache.look(key(WWW), look)).isEqualTo(MISSING);
    assertThat(look.hasLastResort()).isTrue();
    clock.advance(Duration.ofDays(1));
    assertThat(cache.look(key(WWW), look)).isEqualTo(MISSING);
    assertThat(look.hasLastResort()).isFalse();
  }

  @Test
  void aWindowOfZeroIsAsLongAsThereIsRoomAndWithoutOptimismNothingIsStale() {
    use("optimistic_cache_ttl: 0");
    keep(WWW, answer(addressResponse(WWW, 300, "192.0.2.1")));
    clock.advance(Duration.ofDays(400));
    assertThat(cache.look(key(WWW), look)).isEqualTo(STALE);

    use("optimistic_cache: false");
    keep(WWW, answer(addressResponse(WWW, 300, "192.0.2.1")));
    clock.advance(Duration.ofMinutes(5));
    assertThat(cache.look(key(WWW), look)).isEqualTo(MISSING);
    assertThat(look.hasLastResort()).isFalse();
    assertThat(cache.heapBytes()).isZero();
  }

  @Test
  void aFailedRefreshLeavesWhatIsThereAndHoldsTheNextOneOff() {
    keep(WWW, answer(addressResponse(WWW, 300, "192.0.2.1")));
    clock.advance(Duration.ofSeconds(310));
    assertThat(cache.look(key(WWW), look)).isEqualTo(STALE);
    assertThat(look.refreshDue()).isTrue();
    assertThat(look.refreshDue()).isFalse();

    assertThat(cache.keepUnreachable(key(WWW), REACHED_NOBODY)).isPresent();
    clock.advance(Duration.ofSeconds(29));
    assertThat(cache.look(key(WWW), look)).isEqualTo(STALE);
    assertThat(look.refreshDue()).isFalse();
    clock.advance(Duration.ofSeconds(1));
    assertThat(cache.look(key(WWW), look)).isEqualTo(STALE);
    assertThat(look.refreshDue()).isTrue();
  }

  @Test
  void failuresInARowAreKeptLongerAndLonger() {
    Message servfail = response(WWW, RecordType.A);
    servfail.getHeader().setRcode(2);
    for (int seconds : new int[] {5, 10, 20, 40, 60, 60}) {
      assertThat(cache.keepFailure(key(WWW), answer(servfail))).isEmpty();
      clock.advance(Duration.ofSeconds(seconds).minusMillis(1));
      assertThat(cache.look(key(WWW), look)).isEqualTo(FRESH);
      clock.advance(Duration.ofMillis(1));
      assertThat(cache.look(key(WWW), look)).isEqualTo(MISSING);
      assertThat(look.hasLastResort()).isFalse();
    }
  }

  @Test
  void aNameThatDoesNotExistHasNoOtherTypeAndNothingBelow() {
    keep("gone.example.org", answer(negativeResponse("gone.example.org", 1, 3, 3600, 60)));

    Message below = above("a.b.gone.example.org", RecordType.AAAA);
    assertThat(below.getRcode()).isEqualTo(3);
    assertThat(below.getQuestion().getName().toString()).isEqualTo("a.b.gone.example.org.");
    assertThat(below.getSection(Section.AUTHORITY))
        .extracting(Record::getName)
        .extracting(Object::toString)
        .containsExactly("example.org.");
    assertThat(above("gone.example.org", RecordType.MX).getRcode()).isEqualTo(3);
    QueryView beside = view(query("xgone.example.org", RecordType.A));
    assertThat(cache.lookAbove(CacheKey.probe().pointAt(beside, "up"), look)).isEqualTo(MISSING);
    QueryView secure = view(dnssecQuery("a.gone.example.org", RecordType.A, 1232));
    assertThat(cache.lookAbove(CacheKey.probe().pointAt(secure, "up"), look)).isEqualTo(MISSING);

    keep("gone.example.org", answer(addressResponse("gone.example.org", 300, "192.0.2.1")));
    QueryView again = view(query("a.gone.example.org", RecordType.A));
    assertThat(cache.lookAbove(CacheKey.probe().pointAt(again, "up"), look)).isEqualTo(MISSING);
  }

  @Test
  void anAliasToANameThatDoesNotExistSaysNothingOfNamesBelow() {
    Message response = negativeResponse("alias.example.org", RecordType.A, 3, 3600, 60);
    response.addRecord(Messages.cname("alias.example.org", 60, "gone.example.com"), Section.ANSWER);
    keep("alias.example.org", answer(response));

    QueryView below = view(query("x.alias.example.org", RecordType.A));
    assertThat(cache.lookAbove(CacheKey.probe().pointAt(below, "up"), look)).isEqualTo(MISSING);
  }

  @Test
  void hitsGivenElsewhereMakeAnAnswerPopular() {
    keep(WWW, answer(addressResponse(WWW, 300, "192.0.2.1")));
    clock.advance(Duration.ofSeconds(280));
    assertThat(cache.look(key(WWW), look)).isEqualTo(FRESH);
    assertThat(look.refreshDue()).isFalse();

    cache.credit(key(WWW), 100);

    assertThat(cache.look(key(WWW), look)).isEqualTo(FRESH);
    assertThat(look.refreshDue()).isTrue();
    assertThat(look.refreshDue()).isFalse();
    assertThat(cache.holds(key(WWW), look.storedNanos())).isTrue();
    clock.advance(Duration.ofSeconds(1));
    keep(WWW, answer(addressResponse(WWW, 300, "192.0.2.2")));
    assertThat(cache.holds(key(WWW), look.storedNanos())).isFalse();
  }

  @Test
  void whoeverCopiesAnswersHearsWhatComesAndWhatIsPushedOut() {
    List<String> told = new ArrayList<>();
    cache =
        new AnswerCache(
            dns("max_cache_size: 10"),
            clock,
            new AnswerSink() {
              @Override
              public void replaced(
                  CacheKey key, Answer answer, long stored, long end, long staleEnd) {
                told.add("+" + (end - stored) / 1_000_000_000 + " " + (staleEnd - end) / 1_000_000);
              }

              @Override
              public void removed(CacheKey key) {
                told.add("-");
              }
            });

    fill(100);

    assertThat(told).filteredOn(line -> line.equals("+300 60000")).hasSize(100);
    assertThat(told).filteredOn(line -> line.equals("-")).hasSizeGreaterThanOrEqualTo(90);
  }

  private int keptTtl(String name) {
    return keep(name, answer(addressResponse(name, 300, "192.0.2.1"))).ttl();
  }

  private Message above(String name, int type) {
    QueryView view = view(query(name, type));
    byte[] out = new byte[1232];
    assertThat(cache.lookAbove(CacheKey.probe().pointAt(view, "up"), look)).isEqualTo(FRESH);
    return read(out, look.writeTo(view, 512, out));
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
    assertThat(cache.look(CacheKey.probe().pointAt(view, "up"), look)).isEqualTo(FRESH);
    return read(out, look.writeTo(view, 512, out));
  }

  private boolean misses(QueryView view) {
    return cache.look(CacheKey.probe().pointAt(view, "up"), look) != FRESH;
  }

  private static Client asking(int server) {
    Client client = new Client();
    client.setAsked(0, (0xffffL << 32) | server, 53);
    return client;
  }
}
