package dev.gander.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.net.InetSocketAddress;

/**
 * Room for a number of UDP datagrams, filled by {@link UdpSocket#receive} or by {@link #add} for
 * {@link UdpSocket#send}. All memory is taken once, here: a batch may be used for ever without
 * allocating. One thread at a time.
 *
 * <p>Addresses are two longs in network order, IPv4 as IPv4-mapped (::ffff:a.b.c.d).
 */
public final class DatagramBatch {

  private static final int HEADER = 64;
  private static final int IOVEC = 16;
  private static final int CONTROL = 192;

  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_ERRQUEUE = 0x2000;
  private static final int MSG_WAITFORONE = 0x1_0000;

  private final IpFamily family;
  private final int capacity;
  private final int payloadBytes;
  private final MemorySegment memory;
  private final MemorySegment captured = Libc.newCaptured();
  private final long iovecs;
  private final long names;
  private final long controls;
  private final long payloads;

  private final long[] destinationHigh;
  private final long[] destinationLow;
  private final int[] destinationPort;
  private final int[] interfaceIndex;
  private final int[] mark;
  private final int[] trafficClass;
  private final int[] error;
  private int count;

  /** Messages from the start whose header the kernel or {@link #add} has written to. */
  private int touched;

  /**
   * @param family that of the sockets it will be used with
   * @param capacity datagrams, 1 to 1024 (the kernel's UIO_MAXIOV)
   * @param payloadBytes the longest payload; longer ones arrive truncated
   */
  public DatagramBatch(IpFamily family, int capacity, int payloadBytes) {
    if (capacity < 1 || capacity > 1024 || payloadBytes < 1 || payloadBytes > 65535) {
      throw new IllegalArgumentException(capacity + " datagrams of " + payloadBytes + " bytes");
    }
    this.family = family;
    this.capacity = capacity;
    this.payloadBytes = payloadBytes;
    iovecs = (long) capacity * HEADER;
    names = iovecs + (long) capacity * IOVEC;
    controls = names + (long) capacity * NativeAddress.SIZE;
    payloads = controls + (long) capacity * CONTROL;
    memory = Arena.ofAuto().allocate(payloads + (long) capacity * payloadBytes, 64);
    destinationHigh = new long[capacity];
    destinationLow = new long[capacity];
    destinationPort = new int[capacity];
    interfaceIndex = new int[capacity];
    mark = new int[capacity];
    trafficClass = new int[capacity];
    error = new int[capacity];
    touched = capacity;
    for (int i = 0; i < capacity; i++) {
      link(i);
    }
  }

  /** Sets the pointers of message i, which never change. */
  private void link(int i) {
    long header = (long) i * HEADER;
    memory.set(Libc.LONG, header, memory.address() + name(i));
    memory.set(Libc.LONG, header + 16, memory.address() + iovecs + (long) i * IOVEC);
    memory.set(Libc.LONG, header + 24, 1L);
    memory.set(Libc.LONG, header + 32, memory.address() + control(i));
    memory.set(Libc.LONG, iovecs + (long) i * IOVEC, memory.address() + payload(i));
  }

  private long name(int i) {
    return names + (long) i * NativeAddress.SIZE;
  }

  private long control(int i) {
    return controls + (long) i * CONTROL;
  }

  private long payload(int i) {
    return payloads + (long) i * payloadBytes;
  }

  /** Datagrams received, or added to be sent. */
  public int count() {
    return count;
  }

  /** How many datagrams there is room for. */
  public int capacity() {
    return capacity;
  }

  /** Length in bytes of datagram i as received, at most the batch's payload length. */
  public int length(int i) {
    return Math.min(memory.get(Libc.INT, (long) i * HEADER + 56), payloadBytes);
  }

  /** Whether datagram i was longer than the batch's payload length. */
  public boolean truncated(int i) {
    return (memory.get(Libc.INT, (long) i * HEADER + 48) & MSG_TRUNC) != 0;
  }

  /** Copies the payload of datagram i to {@code into[offset…]}; its length. */
  public int copyPayload(int i, byte[] into, int offset) {
    int length = length(i);
    MemorySegment.copy(memory, Libc.BYTE, payload(i), into, offset, length);
    return length;
  }

  /** Upper half of the address datagram i came from (of an error: was sent to). */
  public long sourceHigh(int i) {
    return NativeAddress.high(memory, name(i));
  }

  /** Lower half of the address datagram i came from (of an error: was sent to). */
  public long sourceLow(int i) {
    return NativeAddress.low(memory, name(i));
  }

  /** Port datagram i came from (of an error: was sent to). */
  public int sourcePort(int i) {
    return NativeAddress.port(memory, name(i));
  }

  /**
   * The whole address datagram i came from (of an error: was sent to), for paths that may allocate.
   */
  public InetSocketAddress source(int i) {
    return NativeAddress.read(memory, name(i));
  }

  /** Upper half of the address the sender asked, of the original destination or packet info. */
  public long destinationHigh(int i) {
    return destinationHigh[i];
  }

  /** Lower half of the address the sender asked; with the upper half 0 where nothing was told. */
  public long destinationLow(int i) {
    return destinationLow[i];
  }

  /** Port the sender asked; 0 where only packet info was told, which has none. */
  public int destinationPort(int i) {
    return destinationPort[i];
  }

  /** Index of the interface datagram i came in by; 0 where packet info was not asked for. */
  public int interfaceIndex(int i) {
    return interfaceIndex[i];
  }

  /** The mark datagram i bore (SO_RCVMARK); 0 where none was told. */
  public int mark(int i) {
    return mark[i];
  }

  /** The IPv4 type of service or IPv6 traffic class of datagram i; DSCP is its upper six bits. */
  public int trafficClass(int i) {
    return trafficClass[i];
  }

  /** errno of datagram i: why it was not sent, or what came back for it; 0 where all is well. */
  public int error(int i) {
    return error[i];
  }

  /** Forgets all datagrams. */
  public void clear() {
    count = 0;
  }

  /**
   * Adds a datagram to be sent.
   *
   * @param scope index of the interface of a link-local destination, otherwise 0
   * @param fromHigh with {@code fromLow} the address it leaves from; both 0: routing chooses
   * @param mark firewall mark of this one datagram (needs CAP_NET_ADMIN or CAP_NET_RAW); 0: the
   *     socket's own
   * @return false if the batch is full
   * @throws IllegalArgumentException if the payload is longer than the batch's payload length
   */
  public boolean add(
      byte[] payload,
      int offset,
      int length,
      long toHigh,
      long toLow,
      int toPort,
      int scope,
      long fromHigh,
      long fromLow,
      int mark) {
    if (length > payloadBytes) {
      throw new IllegalArgumentException(length + " bytes; there is room for " + payloadBytes);
    }
    if (count == capacity) {
      return false;
    }
    int i = count++;
    touched = Math.max(touched, count);
    long header = (long) i * HEADER;
    MemorySegment.copy(payload, offset, memory, Libc.BYTE, payload(i), length);
    memory.set(Libc.LONG, iovecs + (long) i * IOVEC + 8, length);
    int nameLength = NativeAddress.write(memory, name(i), family, toHigh, toLow, toPort, scope);
    memory.set(Libc.INT, header + 8, nameLength);
    int used = 0;
    if ((fromHigh | fromLow) != 0) {
      used = ControlMessages.writeSource(memory, control(i), family, fromHigh, fromLow, scope);
    }
    if (mark != 0) {
      used += ControlMessages.writeMark(memory, control(i) + used, mark);
    }
    memory.set(Libc.LONG, header + 40, used);
    error[i] = 0;
    return true;
  }

  /** recvmmsg(2): datagrams received, or the negated errno. */
  int receive(int fd, boolean wait, boolean errors) {
    for (int i = 0; i < touched; i++) {
      long header = (long) i * HEADER;
      memory.set(Libc.INT, header + 8, NativeAddress.SIZE);
      memory.set(Libc.LONG, header + 40, CONTROL);
      memory.set(Libc.LONG, iovecs + (long) i * IOVEC + 8, payloadBytes);
    }
    touched = 0;
    int flags = (wait ? MSG_WAITFORONE : MSG_DONTWAIT) | (errors ? MSG_ERRQUEUE : 0);
    count = 0;
    long got = call(SystemCall.RECVMMSG, fd, 0, capacity, flags);
    if (got < 0) {
      return (int) got;
    }
    count = (int) got;
    touched = count;
    for (int i = 0; i < count; i++) {
      parseControl(i);
    }
    return count;
  }

  /** sendmmsg(2) of messages from {@code first} on: how many were sent, or the negated errno. */
  int send(int fd, int first, boolean wait) {
    return (int) call(SystemCall.SENDMMSG, fd, first, count - first, wait ? 0 : MSG_DONTWAIT);
  }

  void failed(int i, int errno) {
    error[i] = errno;
  }

  private long call(int number, int fd, int first, int messages, int flags) {
    try {
      long headers = memory.address() + (long) first * HEADER;
      return Libc.syscall(captured, number, fd, headers, messages, flags, 0, 0);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  private void parseControl(int i) {
    destinationHigh[i] = 0;
    destinationLow[i] = 0;
    destinationPort[i] = 0;
    interfaceIndex[i] = 0;
    mark[i] = 0;
    trafficClass[i] = 0;
    error[i] = 0;
    long at = control(i);
    long end = at + Math.min(memory.get(Libc.LONG, (long) i * HEADER + 40), CONTROL);
    while (at + ControlMessages.HEADER <= end) {
      long length = memory.get(Libc.LONG, at);
      if (length < ControlMessages.HEADER || length > end - at) {
        return;
      }
      parse(i, memory.get(Libc.INT, at + 8), memory.get(Libc.INT, at + 12), at + 16);
      at += length + 7 & ~7L;
    }
  }

  private void parse(int i, int level, int type, long data) {
    switch (level) {
      case ControlMessages.SOL_IP -> parseIpv4(i, type, data);
      case ControlMessages.SOL_IPV6 -> parseIpv6(i, type, data);
      case ControlMessages.SOL_SOCKET -> {
        if (type == ControlMessages.SO_MARK) {
          mark[i] = memory.get(Libc.INT, data);
        }
      }
      default -> {}
    }
  }

  private void parseIpv4(int i, int type, long data) {
    switch (type) {
      case ControlMessages.IP_ORIGDSTADDR -> parseOriginal(i, data);
      case ControlMessages.IP_PKTINFO -> {
        interfaceIndex[i] = memory.get(Libc.INT, data);
        if (destinationPort[i] == 0) {
          destinationLow[i] = NativeAddress.mapped(memory.get(NativeAddress.NET_INT, data + 8));
        }
      }
      case ControlMessages.IP_TOS -> trafficClass[i] = memory.get(Libc.BYTE, data) & 0xFF;
      case ControlMessages.IP_RECVERR -> error[i] = memory.get(Libc.INT, data);
      default -> {}
    }
  }

  private void parseIpv6(int i, int type, long data) {
    switch (type) {
      case ControlMessages.IPV6_ORIGDSTADDR -> parseOriginal(i, data);
      case ControlMessages.IPV6_PKTINFO -> {
        interfaceIndex[i] = memory.get(Libc.INT, data + 16);
        if (destinationPort[i] == 0) {
          destinationHigh[i] = memory.get(NativeAddress.NET_LONG, data);
          destinationLow[i] = memory.get(NativeAddress.NET_LONG, data + 8);
        }
      }
      case ControlMessages.IPV6_TCLASS -> trafficClass[i] = memory.get(Libc.INT, data) & 0xFF;
      case ControlMessages.IPV6_RECVERR -> error[i] = memory.get(Libc.INT, data);
      default -> {}
    }
  }

  /** The original destination has a port, so it wins over packet info in whichever order. */
  private void parseOriginal(int i, long data) {
    destinationHigh[i] = NativeAddress.high(memory, data);
    destinationLow[i] = NativeAddress.low(memory, data);
    destinationPort[i] = NativeAddress.port(memory, data);
  }
}
