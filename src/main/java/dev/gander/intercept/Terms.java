package dev.gander.intercept;

import java.net.InetAddress;
import java.util.Collection;
import java.util.List;

/**
 * What the programs are to hold to while they run.
 *
 * @param ownMark firewall mark of the daemon's own sockets; 0 for none
 * @param hijackLocalDns clients' questions to addresses of this machine are taken, too
 * @param leaks what becomes of packets that might be DNS and go around gander
 * @param dohAddresses servers whose port 443 counts as DNS; at most {@link #DOH_ADDRESSES_MAX}
 */
public record Terms(
    int ownMark, boolean hijackLocalDns, Leaks leaks, Collection<InetAddress> dohAddresses) {

  /** Most addresses of DNS over HTTPS. */
  public static final int DOH_ADDRESSES_MAX = 4096;

  /** What becomes of a leak. */
  public enum Leaks {
    OFF,
    COUNT,
    BLOCK
  }

  public Terms {
    dohAddresses = List.copyOf(dohAddresses);
    if (dohAddresses.size() > DOH_ADDRESSES_MAX) {
      throw new IllegalArgumentException("more DoH addresses than the kernel's map holds");
    }
  }

  int flags() {
    int flags = hijackLocalDns ? Shared.TERMS_HIJACK_LOCAL : 0;
    flags |= leaks == Leaks.OFF ? 0 : Shared.TERMS_LEAK_COUNT;
    flags |= leaks == Leaks.BLOCK ? Shared.TERMS_LEAK_BLOCK : 0;
    return flags | (dohAddresses.isEmpty() ? 0 : Shared.TERMS_LEAK_DOH);
  }
}
