package dev.gander.proxy;

import java.util.List;

/**
 * Where a server of the tests runs.
 *
 * @param address that it listens on
 * @param device that has the address, and by which it reaches others
 * @param before what stands before its command: how to get there
 */
public record PeerPlace(String address, String device, List<String> before) {

  /** This machine. */
  static final PeerPlace LOOPBACK = new PeerPlace("127.0.0.1", "lo", List.of());
}
