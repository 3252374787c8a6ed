package dev.gander.forward;

/**
 * What health is kept for: a way to an upstream.
 *
 * @param upstream its name in the configuration
 * @param exit the way out of this machine: {@link #DIRECT}, or a node
 * @param transport the scheme of its URL: {@code udp}, {@code tcp+udp}, {@code tls} …
 * @param family {@code 4} or {@code 6}; {@code any} if a name decides, and so perhaps both
 */
record Path(String upstream, String exit, String transport, String family) {

  /** Through no proxy. */
  static final String DIRECT = "direct";
}
