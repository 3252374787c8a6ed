package dev.gander.message;

/** How a client's query travelled, and so how its answer must. */
public enum Transport {
  /** One message per datagram; answers are cut to the client's size. */
  UDP,
  /** Messages with a two-byte length before each, RFC 7766; up to 65,535 bytes. */
  TCP,
  /** As TCP, inside of TLS, RFC 7858. */
  TLS,
  /** RFC 8484, over HTTP/2 or HTTP/1.1. */
  HTTPS,
  /** RFC 8484, over HTTP/3. */
  H3,
  /** RFC 9250. */
  QUIC
}
