package dev.gander.proxy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What makes ChaCha20 of a nonce of 12 bytes XChaCha20 of one of 24, which may be chosen at random
 * (draft-irtf-cfrg-xchacha section 2.2). The JDK has the former only.
 */
final class HChaCha20 {

  private static final byte[] CONSTANT = {
    'e', 'x', 'p', 'a', 'n', 'd', ' ', '3', '2', '-', 'b', 'y', 't', 'e', ' ', 'k'
  };

  private HChaCha20() {}

  /**
   * A key for 12 bytes of the nonce that is left.
   *
   * @param key 32 bytes
   * @param nonce 16 bytes
   */
  static byte[] subkey(byte[] key, byte[] nonce) {
    ByteBuffer bytes =
        ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).put(CONSTANT).put(key).put(nonce);
    int[] state = new int[16];
    bytes.flip().asIntBuffer().get(state);
    for (int i = 0; i < 10; i++) {
      quarter(state, 0, 4, 8, 12);
      quarter(state, 1, 5, 9, 13);
      quarter(state, 2, 6, 10, 14);
      quarter(state, 3, 7, 11, 15);
      quarter(state, 0, 5, 10, 15);
      quarter(state, 1, 6, 11, 12);
      quarter(state, 2, 7, 8, 13);
      quarter(state, 3, 4, 9, 14);
    }
    ByteBuffer subkey = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
    subkey.asIntBuffer().put(state, 0, 4).put(state, 12, 4);
    return subkey.array();
  }

  /** The quarter round of RFC 8439 section 2.1. */
  private static void quarter(int[] state, int a, int b, int c, int d) {
    state[a] += state[b];
    state[d] = Integer.rotateLeft(state[d] ^ state[a], 16);
    state[c] += state[d];
    state[b] = Integer.rotateLeft(state[b] ^ state[c], 12);
    state[a] += state[b];
    state[d] = Integer.rotateLeft(state[d] ^ state[a], 8);
    state[c] += state[d];
    state[b] = Integer.rotateLeft(state[b] ^ state[c], 7);
  }
}
