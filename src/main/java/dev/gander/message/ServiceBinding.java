package dev.gander.message;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One SVCB record: where and how a service is reached (RFC 9460), and what DNS servers say of
 * themselves in it (RFC 9461).
 *
 * @param priority the least is the best; {@link #ALIAS} says that another name knows
 * @param target the host, without a dot at its end; {@code .} for the name that was asked
 * @param alpn the protocols it speaks, such as {@code dot}
 * @param hints its addresses, as far as the record tells them
 * @param dohPath template of the path of HTTP requests
 * @param understood whether all that the record calls mandatory is known here; if not, it must not
 *     be used (RFC 9460 section 8)
 */
public record ServiceBinding(
    int priority,
    String target,
    List<String> alpn,
    OptionalInt port,
    List<InetAddress> hints,
    Optional<String> dohPath,
    boolean understood) {

  /** The {@link #priority} of AliasMode. */
  public static final int ALIAS = 0;

  /** SvcParamKeys. */
  public static final int ALPN = 1;

  public static final int PORT = 3;
  public static final int IPV4HINT = 4;
  public static final int IPV6HINT = 6;
  public static final int DOHPATH = 7;

  private static final int MANDATORY = 0;
  private static final int NO_DEFAULT_ALPN = 2;

  private static final Set<Integer> KNOWN =
      Set.of(ALPN, NO_DEFAULT_ALPN, PORT, IPV4HINT, IPV6HINT, DOHPATH);

  /**
   * All SVCB records of the answer section, in their order.
   *
   * @throws MalformedMessageException if any is malformed: then none may be used (RFC 9460 section
   *     2.2)
   */
  public static List<ServiceBinding> of(Answer answer) throws MalformedMessageException {
    List<ServiceBinding> bindings = new ArrayList<>();
    byte[] records = answer.recordBytes();
    for (int i = 0; i < answer.answerCount(); i++) {
      int ttlAt = answer.ttlOffsets()[i];
      if (Wire.u16(records, ttlAt - 4) == RecordType.SVCB) {
        bindings.add(parse(records, ttlAt + 6, Records.end(records, ttlAt)));
      }
    }
    return bindings;
  }

  private static ServiceBinding parse(byte[] wire, int data, int end)
      throws MalformedMessageException {
    int length = data + 2 < end ? Name.length(wire, data + 2, end) : -1;
    if (length < 0) {
      throw malformed("its target is no name");
    }
    SortedMap<Integer, byte[]> values = parameters(wire, data + 2 + length, end);
    return new ServiceBinding(
        Wire.u16(wire, data),
        Name.toText(wire, data + 2),
        alpn(values.getOrDefault(ALPN, new byte[0])),
        port(values),
        hints(values),
        Optional.ofNullable(values.get(DOHPATH)).map(it -> new String(it, StandardCharsets.UTF_8)),
        understands(values));
  }

  /** In strictly rising order of keys, which shows doubles, too. */
  private static SortedMap<Integer, byte[]> parameters(byte[] wire, int from, int end)
      throws MalformedMessageException {
    SortedMap<Integer, byte[]> values = new TreeMap<>();
    int at = from;
    while (at < end) {
      int value = at + 4;
      int next = value > end ? value : value + Wire.u16(wire, at + 2);
      if (next > end) {
        throw malformed("a parameter runs past its end");
      }
      int key = Wire.u16(wire, at);
      if (!values.isEmpty() && key <= values.lastKey()) {
        throw malformed("its parameters are out of order");
      }
      values.put(key, Arrays.copyOfRange(wire, value, next));
      at = next;
    }
    return values;
  }

  private static List<String> alpn(byte[] value) throws MalformedMessageException {
    List<String> protocols = new ArrayList<>();
    int at = 0;
    while (at < value.length) {
      int length = value[at] & 0xff;
      if (length == 0 || at + 1 + length > value.length) {
        throw malformed("its alpn cannot be read");
      }
      protocols.add(new String(value, at + 1, length, StandardCharsets.ISO_8859_1));
      at += 1 + length;
    }
    return List.copyOf(protocols);
  }

  private static OptionalInt port(SortedMap<Integer, byte[]> values)
      throws MalformedMessageException {
    byte[] value = values.get(PORT);
    if (value == null) {
      return OptionalInt.empty();
    }
    if (value.length != 2) {
      throw malformed("its port has " + value.length + " bytes");
    }
    return OptionalInt.of(Wire.u16(value, 0));
  }

  private static List<InetAddress> hints(SortedMap<Integer, byte[]> values)
      throws MalformedMessageException {
    List<InetAddress> hints = new ArrayList<>();
    addHints(values.get(IPV4HINT), 4, hints);
    addHints(values.get(IPV6HINT), 16, hints);
    return List.copyOf(hints);
  }

  private static void addHints(byte @Nullable [] value, int size, List<InetAddress> hints)
      throws MalformedMessageException {
    if (value == null) {
      return;
    }
    if (value.length == 0 || value.length % size != 0) {
      throw malformed("its hints are no addresses");
    }
    for (int at = 0; at < value.length; at += size) {
      try {
        hints.add(InetAddress.getByAddress(Arrays.copyOfRange(value, at, at + size)));
      } catch (UnknownHostException e) {
        throw new AssertionError("4 and 16 bytes are addresses", e);
      }
    }
  }

  /** Whether all mandatory keys are known here; they must be there (RFC 9460 section 8). */
  private static boolean understands(SortedMap<Integer, byte[]> values)
      throws MalformedMessageException {
    byte[] mandatory = values.get(MANDATORY);
    if (mandatory == null) {
      return true;
    }
    if (mandatory.length == 0 || mandatory.length % 2 != 0) {
      throw malformed("its mandatory keys cannot be read");
    }
    boolean understood = true;
    for (int at = 0; at < mandatory.length; at += 2) {
      int key = Wire.u16(mandatory, at);
      if (key == MANDATORY || !values.containsKey(key)) {
        throw malformed("key " + key + " is mandatory and missing");
      }
      understood &= KNOWN.contains(key);
    }
    return understood;
  }

  private static MalformedMessageException malformed(String why) {
    return new MalformedMessageException("an SVCB record is malformed: " + why);
  }
}
