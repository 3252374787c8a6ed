package dev.gander.proxy;

/**
 * SHAKE128 of FIPS 202 as a stream of bytes without an end, which the JDK's, of a fixed length, is
 * not. Not thread-safe.
 */
final class Shake128 {

  private static final int RATE = 168;
  private static final int ROUNDS = 24;
  private static final int LANES = 25;

  private static final long[] ROUND_CONSTANTS = roundConstants();
  private static final int[] ROTATIONS = new int[LANES];
  private static final int[] PLACES = new int[LANES];

  static {
    // FIPS 202, 3.2.2 and 3.2.3: both walk the same path over the plane.
    int x = 1;
    int y = 0;
    for (int t = 0; t < 24; t++) {
      ROTATIONS[x + 5 * y] = (t + 1) * (t + 2) / 2 % 64;
      int next = (2 * x + 3 * y) % 5;
      x = y;
      y = next;
    }
    for (int from = 0; from < LANES; from++) {
      int column = from % 5;
      int row = from / 5;
      PLACES[from] = row + 5 * ((2 * column + 3 * row) % 5);
    }
  }

  private final long[] state = new long[LANES];
  private final long[] moved = new long[LANES];
  private int at;

  /**
   * @param input shorter than a block
   */
  Shake128(byte[] input) {
    if (input.length >= RATE) {
      throw new IllegalArgumentException("longer than a block");
    }
    for (int i = 0; i < input.length; i++) {
      absorb(i, input[i]);
    }
    absorb(input.length, 0x1f);
    absorb(RATE - 1, 0x80);
    permute();
  }

  private void absorb(int place, int value) {
    state[place / 8] ^= (value & 0xffL) << (8 * (place % 8));
  }

  /** The next byte, 0 to 255. */
  int nextByte() {
    if (at == RATE) {
      permute();
      at = 0;
    }
    int value = (int) (state[at / 8] >>> (8 * (at % 8))) & 0xff;
    at++;
    return value;
  }

  /** The next two bytes, the first of them the higher. */
  int nextShort() {
    int high = nextByte();
    return (high << 8) | nextByte();
  }

  private void permute() {
    for (int round = 0; round < ROUNDS; round++) {
      mixColumns();
      for (int lane = 0; lane < LANES; lane++) {
        moved[PLACES[lane]] = Long.rotateLeft(state[lane], ROTATIONS[lane]);
      }
      for (int lane = 0; lane < LANES; lane++) {
        int row = lane - lane % 5;
        state[lane] = moved[lane] ^ (~moved[row + (lane + 1) % 5] & moved[row + (lane + 2) % 5]);
      }
      state[0] ^= ROUND_CONSTANTS[round];
    }
  }

  private void mixColumns() {
    long[] parity = new long[5];
    for (int lane = 0; lane < LANES; lane++) {
      parity[lane % 5] ^= state[lane];
    }
    for (int lane = 0; lane < LANES; lane++) {
      int x = lane % 5;
      state[lane] ^= parity[(x + 4) % 5] ^ Long.rotateLeft(parity[(x + 1) % 5], 1);
    }
  }

  /** FIPS 202, 3.2.5: bits of a shift register, each at a power of two. */
  private static long[] roundConstants() {
    long[] constants = new long[ROUNDS];
    int register = 1;
    for (int round = 0; round < ROUNDS; round++) {
      for (int power = 0; power < 7; power++) {
        if ((register & 1) != 0) {
          constants[round] |= 1L << ((1 << power) - 1);
        }
        register = (register << 1) ^ ((register >> 7) * 0x171);
      }
    }
    return constants;
  }
}
