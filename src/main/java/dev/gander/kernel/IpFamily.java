package dev.gander.kernel;

import java.net.Inet4Address;
import java.net.InetAddress;

/** The address family of a socket; its number is the kernel's {@code AF_…}. */
public enum IpFamily {
  IPV4(2),
  IPV6(10);

  final int number;

  IpFamily(int number) {
    this.number = number;
  }

  /** The family whose sockets reach {@code address} without mapping. */
  public static IpFamily of(InetAddress address) {
    return address instanceof Inet4Address ? IPV4 : IPV6;
  }
}
