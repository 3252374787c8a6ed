package dev.gander.intercept;

import dev.gander.kernel.BpfObject;
import dev.gander.route.TrafficFlow;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.Optional;

/** What tests and measurements of traffic rules share. */
final class RoutingBench {

  /** Where struct routing has its flow: behind the facts and the key. */
  static final int FLOW_IN_ROUTING = 64 + 64;

  /** Bytes of struct routing. */
  static final int ROUTING = FLOW_IN_ROUTING + 16 + 36 + 12;

  private RoutingBench() {}

  /** What the kernel has decided last. */
  record Verdict(int rule, int outbound, boolean must, int mark) {}

  /** Reads it where it leaves it; nothing if the packet was let by as the last one like it was. */
  static Optional<Verdict> last(BpfObject object) {
    byte[] perCpu = Objects.requireNonNull(object.map("routings").lookup(Shared.u32(0)));
    ByteBuffer all = ByteBuffer.wrap(perCpu).order(ByteOrder.nativeOrder());
    int at = FLOW_IN_ROUTING;
    while (at < all.limit() && all.getInt(at) == 0) { // the generation, of the CPU that ran it
      at += ROUTING;
    }
    if (at > all.limit()) {
      return Optional.empty();
    }
    boolean must = (all.get(at + 13) & RulesImage.VERDICT_MUST) != 0;
    return Optional.of(new Verdict(all.getInt(at + 4), all.get(at + 12), must, all.getInt(at + 8)));
  }

  /** From now on {@link #last} is of what comes. */
  static void forget(BpfObject object) {
    byte[] perCpu = Objects.requireNonNull(object.map("routings").lookup(Shared.u32(0)));
    object.map("routings").update(Shared.u32(0), new byte[perCpu.length]);
  }

  /** Without answers. */
  static BpfObject load() throws IOException {
    return load(0);
  }

  static BpfObject load(int kernelAnswers) throws IOException {
    try (InputStream in = RoutingBench.class.getResourceAsStream("/bpf/intercept.o")) {
      BpfObject.Blueprint blueprint =
          BpfObject.blueprint("intercept", Objects.requireNonNull(in).readAllBytes())
              .readOnlyData(Shared.settings(1, 1, false, true, 0))
              .maxEntries("handoffs", 1);
      KernelAnswers.size(blueprint, kernelAnswers);
      return blueprint.load();
    }
  }

  /** A frame with right lengths and no checksums; TCP segments are ACKs. */
  static byte[] packet(
      InetAddress source,
      int sourcePort,
      InetAddress destination,
      int destinationPort,
      int protocol,
      long mac,
      int dscp) {
    byte[] from = source.getAddress();
    byte[] to = destination.getAddress();
    boolean ipv4 = from.length == 4;
    int payload = 20;
    ByteBuffer frame = ByteBuffer.allocate(14 + (ipv4 ? 20 : 40) + payload);
    frame.put(new byte[6]).putShort((short) (mac >>> 32)).putInt((int) mac);
    frame.putShort((short) (ipv4 ? 0x0800 : 0x86dd));
    if (ipv4) {
      frame.put((byte) 0x45).put((byte) (dscp << 2)).putShort((short) (20 + payload));
      frame.putInt(0).put((byte) 64).put((byte) protocol).putShort((short) 0);
    } else {
      frame.putInt(0x60000000 | dscp << 22).putShort((short) payload).put((byte) protocol);
      frame.put((byte) 64);
    }
    frame.put(from).put(to).putShort((short) sourcePort).putShort((short) destinationPort);
    if (protocol == TrafficFlow.TCP) {
      frame.putInt(1).putInt(1).put((byte) 0x50).put((byte) 0x10).putShort((short) 1000);
    } else {
      frame.putShort((short) payload);
    }
    return frame.array();
  }
}
