package dev.gander.local;

import dev.gander.message.Answer;
import dev.gander.message.AnswerBuilder;
import dev.gander.message.ExtendedError;
import dev.gander.message.Name;
import dev.gander.message.Rcode;
import dev.gander.message.RecordType;
import dev.gander.message.Request;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Names that no public server knows: special-use names (RFC 6761) and locally served zones (RFC
 * 6303). Made once; looking allocates nothing.
 */
final class SpecialNames {

  /** RFC 6303 § 3. */
  static final int TTL_SECONDS = 10_800;

  /** What a zone says of names below it. */
  private enum Below {
    NXDOMAIN,
    NODATA,
    LOOPBACK
  }

  private static final byte[] LOCALHOST = Name.toWire("localhost");
  private static final byte[] LOOPBACK4 = {127, 0, 0, 1};
  private static final byte[] LOOPBACK6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  private static final String ZEROS =
      "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.";

  private final NameTable table = new NameTable();
  private final List<Zone> list = new ArrayList<>();
  private final Zone[] zones;

  /**
   * The zone's answers.
   *
   * @param near a server of this network may know it, though no public one does
   * @param delegated the public tree says that it is unsigned, by what it answers for its DS
   */
  private record Zone(
      int length,
      Below below,
      boolean near,
      boolean delegated,
      Answer soa,
      Answer ns,
      Answer nodata,
      Answer nxdomain) {

    @Nullable Answer answer(Request request) {
      boolean apex = request.nameLength() == length;
      if (below == Below.LOOPBACK) {
        return loopback(request.type());
      }
      if (!apex) {
        return below == Below.NXDOMAIN ? nxdomain : nodata;
      }
      return switch (request.type()) {
        // A validator must be able to see that nothing here is signed: RFC 8375 § 4, item 4.
        case RecordType.DS -> delegated ? null : nodata;
        case RecordType.SOA, RecordType.ANY -> soa;
        case RecordType.NS -> ns;
        default -> nodata;
      };
    }

    private Answer loopback(int type) {
      return switch (type) {
        case RecordType.A, RecordType.ANY -> LOOPBACK_A;
        case RecordType.AAAA -> LOOPBACK_AAAA;
        default -> nodata;
      };
    }
  }

  private static final Answer LOOPBACK_A = asked(RecordType.A, LOOPBACK4);
  private static final Answer LOOPBACK_AAAA = asked(RecordType.AAAA, LOOPBACK6);
  private static final Answer LOOPBACK_PTR = asked(RecordType.PTR, LOCALHOST);

  private static final byte[] LOOPBACK4_NAME = Name.toWire("1.0.0.127.in-addr.arpa");
  private static final byte[] LOOPBACK6_NAME = Name.toWire("1." + ZEROS + "ip6.arpa");

  SpecialNames() {
    add("localhost", Below.LOOPBACK, false, false);
    for (String name : List.of("invalid", "onion", "alt", "use-application-dns.net")) {
      add(name, Below.NXDOMAIN, false, false);
    }
    for (String name : List.of("test", "local")) {
      add(name, Below.NXDOMAIN, true, false);
    }
    add("resolver.arpa", Below.NODATA, false, true);
    for (String name : List.of("home.arpa", "service.arpa")) {
      add(name, Below.NXDOMAIN, true, true);
    }
    reverseZones().forEach(name -> add(name, Below.NXDOMAIN, true, true));
    zones = list.toArray(Zone[]::new);
  }

  /** RFC 6303 § 4.2 to 4.6, RFC 7793. */
  private static List<String> reverseZones() {
    List<String> names = new ArrayList<>();
    for (String zone :
        List.of("10", "168.192", "0", "127", "254.169", "2.0.192", "100.51.198", "113.0.203")) {
      names.add(zone + ".in-addr.arpa");
    }
    names.add("255.255.255.255.in-addr.arpa");
    for (int i = 16; i < 32; i++) {
      names.add(i + ".172.in-addr.arpa");
    }
    for (int i = 64; i < 128; i++) {
      names.add(i + ".100.in-addr.arpa");
    }
    for (String zone : List.of("0." + ZEROS, "1." + ZEROS, "d.f.", "8.e.f.", "9.e.f.", "a.e.f.")) {
      names.add(zone + "ip6.arpa");
    }
    names.add("b.e.f.ip6.arpa");
    names.add("8.b.d.0.1.0.0.2.ip6.arpa");
    return names;
  }

  private void add(String name, Below below, boolean near, boolean delegated) {
    byte[] zone = Name.toWire(name);
    String text = "'" + name + "' is not for public name servers; a rule may say where it goes";
    table.put(zone, list.size());
    list.add(
        new Zone(
            zone.length,
            below,
            near,
            delegated,
            positive().answer(zone, RecordType.SOA, TTL_SECONDS, soaData(zone)).build(),
            positive().answer(zone, RecordType.NS, TTL_SECONDS, zone).build(),
            negative(Rcode.NOERROR, zone, text),
            negative(Rcode.NXDOMAIN, zone, text)));
  }

  private static byte[] soaData(byte[] zone) {
    return AnswerBuilder.soaData(zone, TTL_SECONDS);
  }

  private static AnswerBuilder positive() {
    return AnswerBuilder.of(Rcode.NOERROR).authoritative();
  }

  private static Answer asked(int type, byte[] data) {
    return positive().answer(AnswerBuilder.asked(), type, TTL_SECONDS, data).build();
  }

  private static Answer negative(Rcode rcode, byte[] zone, String text) {
    return AnswerBuilder.of(rcode)
        .authoritative()
        .soa(zone, TTL_SECONDS)
        .because(ExtendedError.SYNTHESIZED, text)
        .build();
  }

  /**
   * The answer, if the name is special.
   *
   * @param insideServer the question is on its way to a server of this network, which the client
   *     chose: it may know names of this network
   */
  @Nullable Answer find(Request request, boolean insideServer) {
    byte[] name = request.name();
    int length = request.nameLength();
    int at = table.findAbove(name, length, request.nameHash(), false);
    if (at == NameTable.NONE || (insideServer && zones[at].near())) {
      return null;
    }
    if (request.type() == RecordType.PTR
        && (is(name, length, LOOPBACK4_NAME) || is(name, length, LOOPBACK6_NAME))) {
      return LOOPBACK_PTR;
    }
    return zones[at].answer(request);
  }

  private static boolean is(byte[] name, int length, byte[] other) {
    return length == other.length && Arrays.equals(name, 0, length, other, 0, length);
  }

  /** Whether the name is {@code localhost} or below it. */
  static boolean isLocalhost(byte[] name) {
    int from = name.length - LOCALHOST.length;
    return from >= 0 && endsAtLabel(name, from);
  }

  private static boolean endsAtLabel(byte[] name, int from) {
    int at = 0;
    while (at < from) {
      at += 1 + name[at];
    }
    return at == from && Arrays.equals(name, from, name.length, LOCALHOST, 0, LOCALHOST.length);
  }
}
