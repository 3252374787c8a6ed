package dev.gander.group;

import java.net.InetAddress;
import java.util.Optional;

/**
 * Whose flow it is, for policies that keep flows together.
 *
 * @param domain where it goes, in lower case; empty where only an address is known
 */
public record Key(Optional<InetAddress> client, String domain) {

  /** A flow of gander's own. */
  public static final Key NONE = new Key(Optional.empty(), "");
}
