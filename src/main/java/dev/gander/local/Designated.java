package dev.gander.local;

import dev.gander.message.Answer;
import dev.gander.message.AnswerBuilder;
import dev.gander.message.Name;
import dev.gander.message.Rcode;
import dev.gander.message.RecordType;
import dev.gander.message.Request;
import dev.gander.message.ServiceBinding;
import java.io.ByteArrayOutputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * An encrypted way to this resolver, told to clients that ask for it (RFC 9462): one SVCB record of
 * {@code _dns.resolver.arpa} and of {@code _dns.NAME}.
 *
 * @param name what the certificate is for
 * @param alpn how one speaks there
 * @param path of HTTP requests; empty where there is no HTTP
 * @param address where it is, if it is only there
 */
public record Designated(
    String name, String alpn, int port, Optional<String> path, Optional<InetAddress> address) {

  private static final byte[] OWNER = Name.toWire("_dns.resolver.arpa");
  private static final int TTL_SECONDS = 300;

  /**
   * A question for designated ways, and its answer.
   *
   * @param owner in wire format, in lower case
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Told(byte[] owner, Answer answer) {

    /** Allocates nothing. */
    boolean isAsked(Request request) {
      return request.nameLength() == owner.length
          && Arrays.equals(request.name(), 0, owner.length, owner, 0, owner.length);
    }
  }

  /**
   * What is told of all of them: who knows only our address asks for {@code _dns.resolver.arpa},
   * who knows a name of ours for {@code _dns.NAME} (RFC 9461 section 4, RFC 9462 section 5).
   */
  static Told[] told(List<Designated> all) {
    if (all.isEmpty()) {
      return new Told[0];
    }
    List<Told> told = new ArrayList<>();
    told.add(new Told(OWNER, answer(all)));
    all.stream()
        .map(each -> each.name.toLowerCase(Locale.ROOT))
        .distinct()
        .forEach(name ->
            told.add(
                new Told(
                    Name.toWire("_dns." + name),
                    answer(all.stream().filter(it -> it.name.equalsIgnoreCase(name)).toList()))));
    return told.toArray(Told[]::new);
  }

  /** The answer with all of them, the first preferred. */
  private static Answer answer(List<Designated> all) {
    AnswerBuilder answer = AnswerBuilder.of(Rcode.NOERROR).authoritative();
    int priority = 1;
    for (Designated each : all) {
      answer.answer(AnswerBuilder.asked(), RecordType.SVCB, TTL_SECONDS, each.data(priority++));
    }
    return answer.build();
  }

  /** RFC 9460 section 2.2: parameters in the order of their keys. */
  private byte[] data(int priority) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    put16(data, priority);
    data.writeBytes(Name.toWire(name));
    byte[] protocol = alpn.getBytes(StandardCharsets.US_ASCII);
    put16(data, ServiceBinding.ALPN);
    put16(data, 1 + protocol.length);
    data.write(protocol.length);
    data.writeBytes(protocol);
    put16(data, ServiceBinding.PORT);
    put16(data, 2);
    put16(data, port);
    address.ifPresent(it ->
        put(
            data,
            it instanceof Inet4Address ? ServiceBinding.IPV4HINT : ServiceBinding.IPV6HINT,
            it.getAddress()));
    path.ifPresent(
        it -> put(data, ServiceBinding.DOHPATH, (it + "{?dns}").getBytes(StandardCharsets.UTF_8)));
    return data.toByteArray();
  }

  private static void put(ByteArrayOutputStream data, int key, byte[] value) {
    put16(data, key);
    put16(data, value.length);
    data.writeBytes(value);
  }

  private static void put16(ByteArrayOutputStream data, int value) {
    data.write(value >>> 8);
    data.write(value);
  }
}
