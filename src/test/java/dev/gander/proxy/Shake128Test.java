package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Shake128Test {

  private static byte[] squeezed(byte[] input, int length) {
    Shake128 shake = new Shake128(input);
    byte[] out = new byte[length];
    for (int i = 0; i < length; i += 2) {
      int next = shake.nextShort();
      out[i] = (byte) (next >> 8);
      out[i + 1] = (byte) next;
    }
    return out;
  }

  /** The JDK's gives the first 32 bytes. */
  @Test
  void beginsAsTheJdks() throws Exception {
    Random random = new Random(7);
    for (int length = 0; length < 168; length++) {
      byte[] input = new byte[length];
      random.nextBytes(input);
      assertThat(squeezed(input, 32))
          .isEqualTo(MessageDigest.getInstance("SHAKE128-256").digest(input));
    }
  }

  /** What Python's hashlib, which is OpenSSL's code, says far behind the first block. */
  @ParameterizedTest
  @CsvSource({
    "'', 4000, 6bfb25211d6ad0cfd0ef292e083834c1",
    "000102030405060708090a0b0c0d0e0f, 1000, 0eb12723d82ac10a76c389e97a5924cb"
  })
  void goesOnWithoutAnEnd(String input, int length, String last) {
    byte[] out = squeezed(HexFormat.of().parseHex(input), length);
    assertThat(HexFormat.of().formatHex(out, length - 16, length)).isEqualTo(last);
  }
}
