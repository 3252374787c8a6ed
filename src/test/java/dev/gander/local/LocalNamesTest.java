package dev.gander.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.Messages;
import dev.gander.message.Query;
import dev.gander.message.QueryView;
import dev.gander.message.RecordType;
import dev.gander.observe.HeardLog;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

class LocalNamesTest {

  @TempDir Path folder;

  private final LocalNames own =
      LocalNames.of(
          Map.of(
              "nas.lan",
              addresses("192.168.1.10", "192.168.1.11", "2001:db8::10"),
              "*.lab.example",
              addresses("10.1.1.1"),
              "special.lab.example",
              addresses("10.1.1.2"),
              "*.deep.lab.example",
              addresses("2001:db8::de")),
          Optional.empty());

  @Test
  void aNameHasItsAddressesInTheirOrderAndNothingElse() throws Exception {
    assertThat(host(own, "nas.lan", RecordType.A)).isEqualTo("A 192.168.1.10, A 192.168.1.11");
    assertThat(host(own, "NAS.lan", RecordType.AAAA)).isEqualTo("AAAA 2001:db8:0:0:0:0:0:10");
    assertThat(host(own, "nas.lan", RecordType.ANY)).isEqualTo("A 192.168.1.10, A 192.168.1.11");
    assertThat(host(own, "nas.lan", RecordType.HTTPS)).isEqualTo("NOERROR nas.lan.");
    assertThat(host(own, "nas.lan", RecordType.PTR)).isEqualTo("NOERROR nas.lan.");
    assertThat(host(own, "sub.nas.lan", RecordType.A)).isEqualTo("unknown");
    assertThat(host(own, "lan", RecordType.A)).isEqualTo("unknown");
    assertThat(host(own, "xnas.lan", RecordType.A)).isEqualTo("unknown");
  }

  @Test
  void aWildcardIsForNamesBelowThatHaveNoneOfTheirOwn() throws Exception {
    assertThat(host(own, "a.lab.example", RecordType.A)).isEqualTo("A 10.1.1.1");
    assertThat(host(own, "c.b.a.lab.example", RecordType.A)).isEqualTo("A 10.1.1.1");
    assertThat(host(own, "a.lab.example", RecordType.AAAA)).isEqualTo("NOERROR a.lab.example.");
    assertThat(host(own, "special.lab.example", RecordType.A)).isEqualTo("A 10.1.1.2");
    assertThat(host(own, "x.deep.lab.example", RecordType.A)).startsWith("NOERROR");
    assertThat(host(own, "deep.lab.example", RecordType.A)).isEqualTo("A 10.1.1.1");
    assertThat(host(own, "lab.example", RecordType.A)).isEqualTo("unknown");
    assertThat(host(own, "xlab.example", RecordType.A)).isEqualTo("unknown");
  }

  @Test
  void anAddressHasItsName() throws Exception {
    assertThat(host(own, "10.1.168.192.in-addr.arpa", RecordType.PTR)).isEqualTo("PTR nas.lan.");
    assertThat(host(own, "10.1.168.192.in-addr.arpa", RecordType.A)).startsWith("NOERROR");
    String six = "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa";
    assertThat(host(own, six, RecordType.PTR)).isEqualTo("PTR nas.lan.");
    assertThat(host(own, "1.1.1.10.in-addr.arpa", RecordType.PTR)).isEqualTo("unknown");
  }

  @Test
  void answersAreAuthoritativeAndHoldForAMinute() throws Exception {
    Message message = message(own.host(query("nas.lan", RecordType.A)), "nas.lan", RecordType.A);
    assertThat(message.getHeader().getFlag(Flags.AA)).isTrue();
    assertThat(message.getHeader().getFlag(Flags.AD)).isFalse();
    assertThat(message.getSection(Section.ANSWER).getFirst().getTTL()).isEqualTo(60);
  }

  @Test
  void aHostsFileIsReadAsLibcReadsIt() throws Exception {
    LocalNames names =
        file(
            """
            # comment
            192.0.2.1\tPrinter.Lan printer  # alias
            2001:db8::1 printer.lan
            192.0.2.2 printer.lan
            192.0.2.1 printer.lan
            fe80::1%lo0 localhost
            127.0.0.1 localhost localhost.localdomain
            0.0.0.0 ads.example
            """);
    assertThat(host(names, "printer.lan", RecordType.A)).isEqualTo("A 192.0.2.1, A 192.0.2.2");
    assertThat(host(names, "printer.lan", RecordType.AAAA)).startsWith("AAAA 2001:db8:");
    assertThat(host(names, "printer", RecordType.A)).isEqualTo("A 192.0.2.1");
    assertThat(host(names, "1.2.0.192.in-addr.arpa", RecordType.PTR)).isEqualTo("PTR printer.lan.");
    assertThat(host(names, "ads.example", RecordType.A)).isEqualTo("A 0.0.0.0");
    assertThat(host(names, "0.0.0.0.in-addr.arpa", RecordType.PTR)).isEqualTo("unknown");
    assertThat(host(names, "localhost", RecordType.A)).isEqualTo("unknown");
    assertThat(host(names, "localhost.localdomain", RecordType.A)).isEqualTo("A 127.0.0.1");
  }

  @Test
  void badLinesAreSkippedAndToldInOneWarning() throws Exception {
    try (HeardLog log = new HeardLog("dev.gander.local")) {
      LocalNames names =
          file(
              """
              192.0.2.1 good
              ||ads.example^
              192.0.2 short
              1 a
              192.0.2.7
              192.0.2.3 fine bad/name
              \u00ff\u0000
              """);
      assertThat(host(names, "good", RecordType.A)).isEqualTo("A 192.0.2.1");
      assertThat(host(names, "fine", RecordType.A)).isEqualTo("A 192.0.2.3");
      assertThat(host(names, "short", RecordType.A)).isEqualTo("unknown");
      assertThat(log.lines()).hasSize(1);
      assertThat(log.lines().getFirst())
          .contains("6 lines are skipped, the first is line 2: ||ads");
    }
  }

  @Test
  void aChangedFileIsReadAgainAndOneThatIsGoneHasNoNames() throws Exception {
    LocalNames names = file("192.0.2.1 a\n");
    assertThat(names.refresh()).isFalse();
    Files.writeString(folder.resolve("hosts"), "192.0.2.22 a\n");
    assertThat(names.refresh()).isTrue();
    assertThat(host(names, "a", RecordType.A)).isEqualTo("A 192.0.2.22");
    Files.delete(folder.resolve("hosts"));
    assertThat(names.refresh()).isTrue();
    assertThat(host(names, "a", RecordType.A)).isEqualTo("unknown");
    Files.writeString(folder.resolve("hosts"), "192.0.2.3 a\n");
    assertThat(names.refresh()).isTrue();
    assertThat(host(names, "a", RecordType.A)).isEqualTo("A 192.0.2.3");
  }

  @Test
  void hostsOfTheConfigurationComeBeforeTheFile() throws Exception {
    Files.writeString(folder.resolve("hosts"), "192.0.2.1 a\n192.0.2.2 b\n192.0.2.3 x.lab\n");
    LocalNames names =
        LocalNames.of(
            Map.of("a", addresses("10.0.0.1"), "*.lab", addresses("10.0.0.2")),
            Optional.of(folder.resolve("hosts")));
    assertThat(host(names, "a", RecordType.A)).isEqualTo("A 10.0.0.1");
    assertThat(host(names, "b", RecordType.A)).isEqualTo("A 192.0.2.2");
    assertThat(host(names, "x.lab", RecordType.A)).isEqualTo("A 10.0.0.2");
  }

  @Test
  void aBlockListOfTwoHundredThousandNamesIsFoundWholeAndAtFewBytesAName() throws Exception {
    int count = 200_000;
    LocalNames names =
        file(
            IntStream.range(0, count)
                .mapToObj(i -> "0.0.0.0 track" + i + ".ads-" + i % 977 + ".example.com")
                .collect(Collectors.joining("\n")));
    assertThat(names.size()).isEqualTo(count);
    for (int i = 0; i < count; i += 101) {
      String name = "track" + i + ".ads-" + i % 977 + ".example.com";
      assertThat(host(names, name, RecordType.A)).isEqualTo("A 0.0.0.0");
    }
    assertThat(host(names, "track1.ads-2.example.com", RecordType.A)).isEqualTo("unknown");
  }

  private LocalNames file(String content) throws IOException {
    Path file = folder.resolve("hosts");
    Files.writeString(file, content);
    return LocalNames.of(Map.of(), Optional.of(file));
  }

  private static List<InetAddress> addresses(String... texts) {
    return List.of(texts).stream().map(InetAddress::ofLiteral).toList();
  }

  static Query query(String name, int type) {
    byte[] wire = Messages.query(name, type).toWire();
    QueryView view = new QueryView();
    view.parse(wire, 0, wire.length);
    return view.toQuery(new Client());
  }

  static String host(LocalNames names, String name, int type) throws IOException {
    Answer answer = names.host(query(name, type));
    return answer == null ? "unknown" : text(message(answer, name, type));
  }

  /** Records, or response code and owner of the SOA. */
  static String text(Message message) {
    if (message.getSection(Section.ANSWER).isEmpty()) {
      return Rcode.string(message.getRcode())
          + " "
          + message.getSection(Section.AUTHORITY).getFirst().getName();
    }
    return message.getSection(Section.ANSWER).stream()
        .map(it -> RecordType.text(it.getType()) + " " + it.rdataToString())
        .collect(Collectors.joining(", "));
  }

  static Message message(@Nullable Answer answer, String name, int type) throws IOException {
    byte[] out = new byte[4096];
    int length = Objects.requireNonNull(answer).writeTo(query(name, type), out);
    return new Message(Arrays.copyOf(out, length));
  }
}
