package dev.gander.scenario;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.Message;

/** One server of a story: what it says to whom, what it loses, and what it was asked. */
final class StoryServer {

  /** How it treats what comes. */
  enum Mood {
    UP,
    SILENT,
    REFUSES,
    UNREACHABLE
  }

  /** One message that came. */
  record Asked(Message query, boolean tcp) {}

  final String name;
  final InetAddress address;
  private final List<ScriptedReply> replies = new ArrayList<>();
  private final List<Asked> asked = new ArrayList<>();
  private Mood udp = Mood.UP;
  private Mood tcp = Mood.UP;
  private int losses;
  private long latencyNanos = 10_000_000;

  StoryServer(String name, InetAddress address) {
    this.name = name;
    this.address = address;
  }

  synchronized void says(ScriptedReply reply) {
    replies.add(reply);
  }

  synchronized void is(Mood mood, boolean byUdp, boolean byTcp) {
    udp = byUdp ? mood : udp;
    tcp = byTcp ? mood : tcp;
  }

  synchronized void losesNext(int packets) {
    losses = packets;
  }

  synchronized void answersAfter(long nanos) {
    latencyNanos = nanos;
  }

  synchronized long latencyNanos() {
    return latencyNanos;
  }

  synchronized Mood mood(boolean byTcp) {
    return byTcp ? tcp : udp;
  }

  synchronized List<Asked> asked() {
    return List.copyOf(asked);
  }

  /** Takes note; what it says to it, empty if it stays silent. */
  synchronized Optional<ScriptedReply> receive(Message query, boolean byTcp) {
    asked.add(new Asked(query, byTcp));
    if (mood(byTcp) != Mood.UP) {
      return Optional.empty();
    }
    if (!byTcp && losses > 0) {
      losses--;
      return Optional.empty();
    }
    for (int i = replies.size() - 1; i >= 0; i--) {
      if (replies.get(i).fits(query, byTcp)) {
        return Optional.of(replies.get(i));
      }
    }
    return Optional.of(ScriptedReply.REFUSED);
  }

  boolean isAt(InetSocketAddress to) {
    return to.getAddress().equals(address);
  }
}
