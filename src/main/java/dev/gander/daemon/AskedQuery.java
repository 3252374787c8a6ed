package dev.gander.daemon;

import dev.gander.message.Client;
import dev.gander.message.Name;
import dev.gander.message.QueryView;
import dev.gander.message.Question;
import dev.gander.message.RecordType;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * A question and who might ask it, as far as is told: what {@code gander explain NAME} is about.
 *
 * @param name in ASCII
 * @param from the client's address; empty: of this machine, or unknown
 * @param mac 48 bits; 0: unknown
 * @param dscp 0 to 63
 * @param vlan 0: untagged
 * @param iface the interface it comes in by; empty: unknown
 * @param pname the program of this machine that asks; empty: another machine's, or unknown
 * @param uid its user; -1: another machine's, or unknown
 * @param cgroup its control group, with a slash before it; empty: another machine's, or unknown
 * @param asked the server it asks
 */
public record AskedQuery(
    String name,
    int type,
    Optional<InetAddress> from,
    long mac,
    int dscp,
    int vlan,
    String iface,
    String pname,
    int uid,
    String cgroup,
    Optional<InetAddress> asked) {

  private static final int DNS_PORT = 53;
  private static final int RD = 0x0100;
  private static final int HEADER = 12;

  /** For the control socket. */
  Map<String, Object> request() {
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("command", "explain");
    request.put("name", name);
    request.put("type", (long) type);
    from.ifPresent(address -> request.put("from", address.getHostAddress()));
    request.put("mac", mac);
    request.put("dscp", (long) dscp);
    request.put("vlan", (long) vlan);
    request.put("iface", iface);
    request.put("pname", pname);
    request.put("uid", (long) uid);
    request.put("cgroup", cgroup);
    asked.ifPresent(address -> request.put("asked", address.getHostAddress()));
    return request;
  }

  /**
   * Of what {@link #request} has made.
   *
   * @throws IllegalArgumentException if something is missing, or no address
   */
  static AskedQuery of(Map<String, Object> request) {
    return new AskedQuery(
        text(request, "name"),
        (int) number(request, "type"),
        address(request, "from"),
        number(request, "mac"),
        (int) number(request, "dscp"),
        (int) number(request, "vlan"),
        text(request, "iface"),
        text(request, "pname"),
        (int) number(request, "uid"),
        text(request, "cgroup"),
        address(request, "asked"));
  }

  private static String text(Map<String, Object> request, String key) {
    if (request.get(key) instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException("explain: no text under " + key);
  }

  private static long number(Map<String, Object> request, String key) {
    if (request.get(key) instanceof Long number) {
      return number;
    }
    throw new IllegalArgumentException("explain: no number under " + key);
  }

  private static Optional<InetAddress> address(Map<String, Object> request, String key) {
    return request.get(key) instanceof String text
        ? Optional.of(InetAddress.ofLiteral(text))
        : Optional.empty();
  }

  Question question() {
    return Question.of(name, type);
  }

  /** Its type as the user knows it. */
  String typeText() {
    return RecordType.text(type);
  }

  /** Whether a program of this machine asks. */
  boolean local() {
    return !pname.isEmpty() || uid != Client.UNKNOWN || !cgroup.isEmpty();
  }

  /**
   * The client, as the datapath would describe it.
   *
   * @param interfaceIndex number of an interface by its name
   */
  Client client(ToIntFunction<String> interfaceIndex) {
    Client client = new Client();
    client.setIntercepted(true);
    from.ifPresent(address -> client.setSource(new InetSocketAddress(address, 0)));
    asked.ifPresent(address -> client.setAsked(new InetSocketAddress(address, DNS_PORT)));
    client.setMac(mac);
    client.setDscp(dscp);
    client.setVlan(vlan);
    client.setIfindex(iface.isEmpty() ? 0 : interfaceIndex.applyAsInt(iface));
    client.setLocal(local());
    client.setProcess(pname.isEmpty() ? 0 : 1, pname);
    client.setOwner(uid, 0, cgroup);
    return client;
  }

  /** The query as it would come. */
  QueryView query() {
    byte[] wire = Name.toWire(name);
    byte[] message =
        ByteBuffer.allocate(HEADER + wire.length + 4)
            .putShort((short) 0)
            .putShort((short) RD)
            .putShort((short) 1)
            .position(HEADER)
            .put(wire)
            .putShort((short) type)
            .putShort((short) Question.CLASS_IN)
            .array();
    QueryView view = new QueryView();
    view.parse(message, 0, message.length);
    return view;
  }
}
