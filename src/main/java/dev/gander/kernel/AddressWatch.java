package dev.gander.kernel;

/**
 * Tells when an address of the namespace of the thread that opened it is added or removed. One
 * thread waits, another may {@link #wake} it.
 */
public final class AddressWatch implements AutoCloseable {

  private static final int RTMGRP_IPV4_IFADDR = 0x10;
  private static final int RTMGRP_IPV6_IFADDR = 0x100;

  private final NetlinkSocket socket;

  private AddressWatch(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** Hears everything from now on. */
  public static AddressWatch open() {
    return new AddressWatch(new NetlinkSocket(RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR));
  }

  /** Returns when an address may have changed, or after {@link #wake}. */
  public void await() {
    socket.awaitAny();
  }

  /** Ends one {@link #await}, now or to come. */
  public void wake() {
    socket.poke();
  }

  /** Only when no thread waits any more. */
  @Override
  public void close() {
    socket.close();
  }
}
