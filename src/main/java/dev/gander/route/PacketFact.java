package dev.gander.route;

/** What rules ask about a packet, beside its domain; each as a number of 128 bits. */
enum PacketFact {
  DESTINATION(0) {
    @Override
    int set(TrafficFlow flow, IpMatcher values) {
      return values.set(flow.destinationHigh(), flow.destinationLow());
    }
  },
  SOURCE(1) {
    @Override
    int set(TrafficFlow flow, IpMatcher values) {
      return values.set(flow.sourceHigh(), flow.sourceLow());
    }
  },
  DESTINATION_PORT(2) {
    @Override
    int set(TrafficFlow flow, IpMatcher values) {
      return values.set(0, small(flow.destinationPort()));
    }
  },
  SOURCE_PORT(3) {
    @Override
    int set(TrafficFlow flow, IpMatcher values) {
      return values.set(0, small(flow.sourcePort()));
    }
  },
  /** {@link #kind}. */
  KIND(4) {
    @Override
    int set(TrafficFlow flow, IpMatcher values) {
      return values.set(0, small(kind(flow.protocol(), flow.isIpv4())));
    }
  },
  DSCP(5) {
    @Override
    int set(TrafficFlow flow, IpMatcher values) {
      return values.set(0, small(flow.dscp()));
    }
  },
  MAC(6) {
    @Override
    int set(TrafficFlow flow, IpMatcher values) {
      return values.set(MAC_HIGH, flow.mac());
    }
  },
  /** The name's bytes, the first highest, zeros behind them. */
  PROCESS(7) {
    @Override
    int set(TrafficFlow flow, IpMatcher values) {
      return values.set(flow.processHigh(), flow.processLow());
    }
  };

  private final int number;

  /** Whether it is about the sender, not about where the packet goes and how. */
  boolean isOfSender() {
    return this != DESTINATION && this != DESTINATION_PORT && this != KIND;
  }

  PacketFact(int number) {
    this.number = number;
  }

  /** As {@link TrafficSink} has it. */
  int number() {
    return number;
  }

  /** Keeps MAC addresses apart from the numbers that are searched as IPv4 addresses. */
  static final long MAC_HIGH = 1;

  private static final long MAPPED = 0xffff_0000_0000L;
  private static final int KINDS_OF_A_VERSION = 3;

  /** The set of conditions that hold for the flow's value. */
  abstract int set(TrafficFlow flow, IpMatcher values);

  /** A number of 32 bits, to be searched as an IPv4 address is. */
  static long small(int value) {
    return MAPPED | Integer.toUnsignedLong(value);
  }

  /** Protocol and IP version in one: TCP, UDP, anything else over IPv4, then the same over IPv6. */
  static int kind(int protocol, boolean ipv4) {
    int kind = protocol == TrafficFlow.TCP ? 0 : protocol == TrafficFlow.UDP ? 1 : 2;
    return ipv4 ? kind : kind + KINDS_OF_A_VERSION;
  }
}
