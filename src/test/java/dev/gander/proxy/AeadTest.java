package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.proxy.Aead.Algorithm;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.OpenSsl;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** That it does not matter where bytes stand that are sealed and opened, and where they go. */
class AeadTest {

  private static final int LENGTH = 20_000;

  private final byte[] plain = new byte[LENGTH];

  AeadTest() {
    new Random(1).nextBytes(plain);
  }

  /** The same bytes behind three others, in each kind of buffer. */
  private static List<ByteBuf> standing(byte[] bytes) {
    byte[] behind = new byte[3 + bytes.length];
    System.arraycopy(bytes, 0, behind, 3, bytes.length);
    int half = behind.length / 2;
    return List.of(
        Unpooled.wrappedBuffer(behind).skipBytes(3),
        Unpooled.directBuffer().writeBytes(behind).skipBytes(3),
        ArrayBuffers.take(1).writeBytes(behind).skipBytes(3),
        PooledByteBufAllocator.DEFAULT.heapBuffer().writeBytes(behind).skipBytes(3),
        // In two parts, and in the second of two whole ones.
        Unpooled.wrappedBuffer(
                Unpooled.copiedBuffer(behind, 0, half),
                Unpooled.copiedBuffer(behind, half, behind.length - half))
            .skipBytes(3),
        Unpooled.wrappedBuffer(new byte[7], behind).skipBytes(10));
  }

  private static List<ByteBuf> targets() {
    return List.of(
        ArrayBuffers.take(8),
        Unpooled.directBuffer(8),
        PooledByteBufAllocator.DEFAULT.heapBuffer(8),
        Unpooled.buffer(8));
  }

  private static Aead aead(Algorithm algorithm, boolean sealing) {
    byte[] key = new byte[algorithm == Algorithm.AES_GCM ? 16 : 32];
    return sealing ? Aead.sealing(algorithm, key) : Aead.opening(algorithm, key);
  }

  @ParameterizedTest
  @EnumSource(Algorithm.class)
  void everyKindOfBufferIsSealedAndOpenedAlike(Algorithm algorithm) throws IOException {
    ByteBuf expected = Unpooled.buffer();
    aead(algorithm, true).seal(Unpooled.wrappedBuffer(plain), LENGTH, expected);
    byte[] sealed = ByteBufUtil.getBytes(expected);
    for (int i = 0; i < standing(plain).size(); i++) {
      for (ByteBuf out : targets()) {
        ByteBuf in = standing(plain).get(i);
        aead(algorithm, true).seal(in, LENGTH, out.writeByte(1));
        assertThat(ByteBufUtil.getBytes(out.skipBytes(1))).isEqualTo(sealed);
        assertThat(in.isReadable()).isFalse();
        in.release();
        out.release();
      }
      for (ByteBuf out : targets()) {
        ByteBuf in = standing(sealed).get(i);
        aead(algorithm, false).open(in, LENGTH, out.writeByte(1));
        assertThat(ByteBufUtil.getBytes(out.skipBytes(1))).isEqualTo(plain);
        assertThat(in.isReadable()).isFalse();
        in.release();
        out.release();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Algorithm.class)
  void whatWasChangedIsRefused(Algorithm algorithm) {
    ByteBuf sealed = Unpooled.buffer();
    aead(algorithm, true).seal(Unpooled.wrappedBuffer(plain), LENGTH, sealed);
    sealed.setByte(5, sealed.getByte(5) ^ 1);
    ByteBuf out = ArrayBuffers.take(LENGTH);
    assertThatThrownBy(() -> aead(algorithm, false).open(sealed, LENGTH, out))
        .hasMessageContaining("not sealed with this password");
    assertThat(out.isReadable()).isFalse();
    out.release();
  }

  @Test
  void anArrayThatWasGivenBackComesAgain() {
    ByteBuf first = ArrayBuffers.take(400_000);
    byte[] array = first.array();
    first.release();
    ByteBuf second = ArrayBuffers.take(300_000);
    assertThat(second.array()).isSameAs(array);
    second.release();
  }

  @Test
  void whatTlsWithProxiesIsFasterByCanBeLoadedHere() {
    assertThat(OpenSsl.isAvailable()).isTrue();
  }
}
