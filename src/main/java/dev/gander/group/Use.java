package dev.gander.group;

/** What a way out is used for. A node may carry one and not the other, so health is kept by use. */
public enum Use {
  TCP4(true, false, false),
  TCP6(true, true, false),
  UDP4(false, false, false),
  UDP6(false, true, false),
  DNS_TCP4(true, false, true),
  DNS_TCP6(true, true, true),
  DNS_UDP4(false, false, true),
  DNS_UDP6(false, true, true);

  private final boolean tcp;
  private final boolean ipv6;
  private final boolean dns;

  Use(boolean tcp, boolean ipv6, boolean dns) {
    this.tcp = tcp;
    this.ipv6 = ipv6;
    this.dns = dns;
  }

  /**
   * The use of one flow.
   *
   * @param ipv6 whether the target's address is one of IPv6
   */
  public static Use of(boolean tcp, boolean ipv6, boolean dns) {
    for (Use use : values()) {
      if (use.tcp == tcp && use.ipv6 == ipv6 && use.dns == dns) {
        return use;
      }
    }
    throw new AssertionError("every combination has its use");
  }

  /** Whether the target speaks TCP; else UDP. */
  public boolean tcp() {
    return tcp;
  }

  public boolean ipv6() {
    return ipv6;
  }

  /** Whether what is carried is DNS. */
  public boolean dns() {
    return dns;
  }

  /** As people read it: {@code udp4}, {@code dns udp4}. */
  public String text() {
    return (dns ? "dns " : "") + (tcp ? "tcp" : "udp") + (ipv6 ? "6" : "4");
  }
}
