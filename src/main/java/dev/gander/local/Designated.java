package dev.gander.local;

import dev.gander.message.Answer;
import dev.gander.message.AnswerBuilder;
import dev.gander.message.Name;
import dev.gander.message.Rcode;
import dev.gander.message.RecordType;
import dev.gander.message.Request;
import java.io.ByteArrayOutputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * An encrypted way to this resolver, told to clients that ask for it (RFC 9462): one SVCB record of
 * {@code _dns.resolver.arpa}.
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

  private static final int ALPN = 1;
  private static final int PORT = 3;
  private static final int IPV4HINT = 4;
  private static final int IPV6HINT = 6;
  private static final int DOHPATH = 7;

  /** Whether this is the question that the record answers. Allocates nothing. */
  static boolean asks(Request request) {
    return request.nameLength() == OWNER.length
        && request.type() == RecordType.SVCB
        && Arrays.equals(request.name(), 0, OWNER.length, OWNER, 0, OWNER.length);
  }

  /** The answer with all of them, the first preferred. */
  static Answer answer(List<Designated> all) {
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
    put16(data, ALPN);
    put16(data, 1 + protocol.length);
    data.write(protocol.length);
    data.writeBytes(protocol);
    put16(data, PORT);
    put16(data, 2);
    put16(data, port);
    address.ifPresent(
        it -> put(data, it instanceof Inet4Address ? IPV4HINT : IPV6HINT, it.getAddress()));
    path.ifPresent(it -> put(data, DOHPATH, (it + "{?dns}").getBytes(StandardCharsets.UTF_8)));
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
