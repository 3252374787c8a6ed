package dev.gander.scenario;

import dev.gander.dial.FakeNetwork;
import dev.gander.scenario.StoryServer.Mood;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;

/** The servers of a story, on the other side of gander's sockets. */
final class Internet implements FakeNetwork.Servers {

  private static final int ECONNREFUSED = 111;
  private static final int ENETUNREACH = 101;

  private final List<StoryServer> servers = new CopyOnWriteArrayList<>();

  void add(StoryServer server) {
    servers.add(server);
  }

  Optional<StoryServer> named(String name) {
    return servers.stream().filter(server -> server.name.equals(name)).findFirst();
  }

  private Optional<StoryServer> at(InetSocketAddress address) {
    return servers.stream().filter(server -> server.isAt(address)).findFirst();
  }

  @Override
  public int datagram(byte[] wire, InetSocketAddress to, FakeNetwork.Datagrams back) {
    Optional<StoryServer> found = at(to);
    if (found.isEmpty()) {
      return 0;
    }
    StoryServer server = found.get();
    Message query = read(wire);
    Optional<ScriptedReply> reply = server.receive(query, false);
    if (server.mood(false) == Mood.UNREACHABLE) {
      return ENETUNREACH;
    }
    if (server.mood(false) == Mood.REFUSES) {
      back.bounce(wire, to, ECONNREFUSED, server.latencyNanos());
    }
    reply.ifPresent(it -> {
      InetSocketAddress from =
          it.from.map(other -> new InetSocketAddress(other, to.getPort())).orElse(to);
      long after = it.after.map(java.time.Duration::toNanos).orElse(server.latencyNanos());
      back.send(fitted(it.to(query), query), from, after);
    });
    return 0;
  }

  /** As servers do: what is longer than the client takes by UDP is cut. */
  private static byte[] fitted(Message reply, Message query) {
    int limit = query.getOPT() == null ? 512 : query.getOPT().getPayloadSize();
    byte[] whole = reply.toWire();
    if (whole.length <= limit) {
      return whole;
    }
    reply.getHeader().setFlag(Flags.TC);
    reply.removeAllRecords(Section.ANSWER);
    return reply.toWire();
  }

  @Override
  public int connect(InetSocketAddress to) {
    return switch (at(to).map(server -> server.mood(true)).orElse(Mood.SILENT)) {
      case UP -> 0;
      case SILENT -> FakeNetwork.SILENT;
      case REFUSES -> ECONNREFUSED;
      case UNREACHABLE -> ENETUNREACH;
    };
  }

  @Override
  public void streamed(byte[] wire, InetSocketAddress to, FakeNetwork.Streams back) {
    at(to)
        .ifPresent(server -> {
          Message query = read(wire);
          server
              .receive(query, true)
              .ifPresent(it ->
                  back.send(
                      it.to(query).toWire(),
                      it.after.map(java.time.Duration::toNanos).orElse(server.latencyNanos())));
        });
  }

  private static Message read(byte[] wire) {
    try {
      return new Message(wire);
    } catch (IOException e) {
      throw new AssertionError("gander sent upstream what dnsjava cannot read", e);
    }
  }
}
