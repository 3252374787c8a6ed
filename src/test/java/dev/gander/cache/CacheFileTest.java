package dev.gander.cache;

import static dev.gander.config.DnsText.dns;
import static dev.gander.message.Messages.addressResponse;
import static dev.gander.message.Messages.answer;
import static dev.gander.message.Messages.negativeResponse;
import static dev.gander.message.Messages.query;
import static dev.gander.message.Messages.response;
import static dev.gander.message.Messages.view;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.gander.cache.CacheFile.Restored;
import dev.gander.clock.FakeClock;
import dev.gander.message.Answer;
import dev.gander.message.ExtendedError;
import dev.gander.message.Rcode;
import dev.gander.message.RecordType;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;

class CacheFileTest {

  private static final String SCOPE = "upstream up";
  private static final List<String> NAMES = List.of("a.example.org", "b.example.org");

  private final FakeClock clock = new FakeClock();
  private final Lookup look = new Lookup();
  private final AnswerCache cache = new AnswerCache(dns(""), clock);

  @TempDir private Path folder;

  @Test
  void whatIsKeptComesBackWithWhatIsLeftOfItsTime() throws IOException {
    Message validated = addressResponse("a.example.org", 300, "192.0.2.1");
    validated.getHeader().setFlag(Flags.AD);
    Answer positive = cache.keep(key("a.example.org"), answer(validated));
    Answer negative =
        cache.keep(
            key("b.example.org"), answer(negativeResponse("b.example.org", 1, 3, 3600, 1000)));
    Answer failure = Answer.failure(Rcode.SERVFAIL, ExtendedError.OTHER, "");
    assertThat(cache.keepFailure(key("c.example.org"), failure)).isEmpty();

    assertThat(file().save(cache, SCOPE)).isEqualTo(2);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path())))
        .isEqualTo("rw-------");
    assertThat(files()).containsExactly("answers");
    clock.advance(Duration.ofSeconds(20));
    AnswerCache next = new AnswerCache(dns(""), clock);

    assertThat(file().restore(next, SCOPE)).isEqualTo(new Restored.Answers(2, 0));
    assertThat(next.find(key("a.example.org"))).contains(positive.aged(20));
    assertThat(next.find(key("b.example.org"))).contains(negative.aged(20));
    CacheKey below = CacheKey.of(view(query("x.b.example.org", RecordType.MX)), "up");
    assertThat(next.lookAbove(below, look)).isEqualTo(Lookup.Outcome.FRESH);
    assertThat(next.find(key("c.example.org"))).isEmpty();
    clock.advance(Duration.ofSeconds(281));
    assertThat(next.look(key("a.example.org"), look)).isEqualTo(Lookup.Outcome.STALE);
  }

  @Test
  void whatHasEndedMeanwhileIsStaleAndWhatIsNewerStays() throws IOException {
    fill();
    file().save(cache, SCOPE);
    clock.advance(Duration.ofMinutes(10));
    AnswerCache next = new AnswerCache(dns("optimistic_cache_ttl: 3600"), clock);
    next.keep(key("a.example.org"), answer(addressResponse("a.example.org", 60, "192.0.2.99")));

    assertThat(file().restore(next, SCOPE)).isEqualTo(new Restored.Answers(1, 1));
    assertThat(next.look(key("a.example.org"), look)).isEqualTo(Lookup.Outcome.FRESH);
    assertThat(look.answer().ttl()).isEqualTo(60);
    assertThat(next.look(key("b.example.org"), look)).isEqualTo(Lookup.Outcome.STALE);

    AnswerCache strict = new AnswerCache(dns("optimistic_cache: false"), clock);
    assertThat(file().restore(strict, SCOPE)).isEqualTo(new Restored.Answers(0, 2));
  }

  @Test
  void anotherScopeStartsEmptyAndLeavesTheFileAlone() throws IOException {
    fill();
    file().save(cache, SCOPE);
    AnswerCache next = new AnswerCache(dns(""), clock);

    assertThat(file().restore(next, "another")).isInstanceOf(Restored.Nothing.class);
    assertThat(next.size()).isZero();
    assertThat(files()).containsExactly("answers");
  }

  @Test
  void noFileIsNoMistake() throws IOException {
    assertThat(file().restore(cache, SCOPE)).isInstanceOf(Restored.Nothing.class);
  }

  @Test
  void aFileThatIsDamagedOrOfAnotherMakeIsSetAsideAndNothingOfItIsKept() throws IOException {
    fill();
    file().save(cache, SCOPE);
    byte[] good = Files.readAllBytes(path());
    byte[] flipped = good.clone();
    flipped[good.length / 2] ^= 1;
    byte[] version = good.clone();
    version[11] = 9;

    for (byte[] bad :
        List.of(
            flipped,
            version,
            Arrays.copyOf(good, good.length - 1),
            new byte[0],
            new byte[200_000],
            "<html>".repeat(50).getBytes(java.nio.charset.StandardCharsets.UTF_8))) {
      Files.write(path(), bad);
      AnswerCache next = new AnswerCache(dns(""), clock);

      assertThat(file().restore(next, SCOPE)).isInstanceOf(Restored.Damaged.class);

      assertThat(next.size()).isZero();
      assertThat(files()).containsExactly("answers.damaged");
    }
  }

  @Test
  void aFileThatCannotBeWrittenLeavesTheOldOne() throws IOException {
    fill();
    file().save(cache, SCOPE);
    CacheFile nowhere = new CacheFile(folder.resolve("none").resolve("answers"), clock);

    assertThatThrownBy(() -> nowhere.save(cache, SCOPE)).isInstanceOf(IOException.class);
    assertThat(files()).containsExactly("answers");
  }

  @Test
  void anyBytesInTheEntriesAreReadOrLeft() throws IOException {
    fill();
    file().save(cache, SCOPE);
    byte[] good = Files.readAllBytes(path());
    byte[] entries = Arrays.copyOfRange(good, 52, good.length - 4);
    Random random = new Random(20261127);
    for (int round = 0; round < 2_000; round++) {
      byte[] changed = entries.clone();
      for (int change = random.nextInt(6); change >= 0; change--) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt();
      }
      readAnything(changed);
    }
  }

  @FuzzTest(maxDuration = "5m")
  void readAnything(byte[] bytes) {
    AnswerCache fuzzed = new AnswerCache(dns(""), clock);
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    try {
      Restored outcome = new SavedEntry.Reader(in, clock, clock.epochMillis()).readInto(fuzzed);
      assertThat(outcome).isInstanceOf(Restored.Answers.class);
    } catch (IOException e) {
      assertThat(e).isInstanceOf(java.io.EOFException.class);
    }
    byte[] out = new byte[1232];
    for (String name : NAMES) {
      var asked = view(query(name, RecordType.A));
      if (fuzzed.look(CacheKey.of(asked, "up"), look) != Lookup.Outcome.MISSING) {
        assertThat(look.writeTo(asked, 512, out)).isBetween(12, 512);
      }
    }
  }

  private void fill() {
    for (String name : NAMES) {
      Answer kept = cache.keep(key(name), answer(addressResponse(name, 300, "192.0.2.1")));
      assertThat(kept.ttl()).isEqualTo(300);
    }
    assertThat(cache.keep(key("d.example.org"), answer(response("d.example.org", 1))).ttl())
        .isZero();
  }

  private Path path() {
    return folder.resolve("answers");
  }

  private CacheFile file() {
    return new CacheFile(path(), clock);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(it -> it.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void anAnswerComesBackForThoseWhoTakeItsExit() throws IOException {
    CacheKey proxied = CacheKey.of(view(query(NAMES.getFirst(), RecordType.A)), "up").by("proxy");
    assertThat(CacheKey.fromBytes(proxied.toBytes())).isEqualTo(proxied);
    assertThat(proxied).isNotEqualTo(key(NAMES.getFirst()));
    assertThat(CacheKey.fromBytes(proxied.toBytes()).policy()).isEqualTo("up");
  }

  private static CacheKey key(String name) {
    return CacheKey.of(view(query(name, RecordType.A)), "up");
  }
}
