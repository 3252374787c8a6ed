package dev.gander.proxy;

import org.bouncycastle.crypto.digests.SHAKEDigest;

/**
 * SHAKE128 of FIPS 202 as a stream of bytes without an end, which the JDK's, of a fixed length, is
 * not. Not thread-safe.
 */
final class Shake128 {

  private final SHAKEDigest digest = new SHAKEDigest(128);
  private final byte[] next = new byte[2];

  Shake128(byte[] input) {
    digest.update(input, 0, input.length);
  }

  /** The next two bytes, the first of them the higher. */
  int nextShort() {
    digest.doOutput(next, 0, 2);
    return (next[0] & 0xff) << 8 | (next[1] & 0xff);
  }
}
