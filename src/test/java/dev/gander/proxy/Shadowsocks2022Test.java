package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.FakeClock;
import dev.gander.proxy.Aead.Algorithm;
import dev.gander.proxy.ShadowsocksMethod.Stream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What a client must check of an answer, with answers sealed by the right key. */
class Shadowsocks2022Test {

  private static final byte[] KEY = new byte[16];
  private static final byte[] ADDRESS = {1, 127, 0, 0, 1, 0, 53};

  private final FakeClock clock = new FakeClock();
  private final Shadowsocks2022 method =
      new Shadowsocks2022(Algorithm.AES_GCM, List.of(KEY), clock, new SecureRandom());
  private final Stream stream = method.stream(ADDRESS);

  /** The salt of the request. */
  private byte[] asked() {
    ByteBuf request = Unpooled.buffer();
    stream.seal(Unpooled.wrappedBuffer(new byte[100]), request);
    byte[] salt = new byte[16];
    request.readBytes(salt);
    return salt;
  }

  private ByteBuf answer(int type, long secondsLate, byte[] echoed) {
    byte[] salt = new byte[16];
    salt[0] = 1;
    ByteBuf answer = Unpooled.buffer().writeBytes(salt);
    Aead aead = Aead.sealing(Algorithm.AES_GCM, ShadowsocksKeys.subkey2022(KEY, salt));
    ByteBuf header =
        Unpooled.buffer()
            .writeByte(type)
            .writeLong(Shadowsocks2022.seconds(clock) + secondsLate)
            .writeBytes(echoed)
            .writeShort(5);
    aead.seal(header, header.readableBytes(), answer);
    aead.seal(Unpooled.wrappedBuffer(new byte[] {1, 2, 3, 4, 5}), 5, answer);
    return answer;
  }

  private ByteBuf opened(ByteBuf answer) throws IOException {
    return Objects.requireNonNull(stream.open(answer));
  }

  @Test
  void anAnswerOfNowToThisRequestIsTaken() throws IOException {
    assertThat(opened(answer(1, 30, asked())).readableBytes()).isEqualTo(5);
  }

  @Test
  void anAnswerOfAnotherTimeIsRefused() {
    byte[] salt = asked();
    assertThatThrownBy(() -> opened(answer(1, 31, salt)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("clock");
    assertThatThrownBy(() -> opened(answer(1, -31, salt))).hasMessageContaining("clock");
    assertThatThrownBy(() -> opened(answer(1, Long.MIN_VALUE, salt))).hasMessageContaining("clock");
  }

  @Test
  void anAnswerToAnotherRequestIsRefused() {
    asked();
    assertThatThrownBy(() -> opened(answer(1, 0, new byte[16])))
        .hasMessage("it answers another request");
  }

  @Test
  void aRequestIsNoAnswer() {
    byte[] salt = asked();
    assertThatThrownBy(() -> opened(answer(0, 0, salt))).hasMessage("it sends what is no answer");
  }

  @Test
  void aRequestWithoutPayloadIsPadded() {
    ByteBuf request = Unpooled.buffer();
    stream.seal(Unpooled.EMPTY_BUFFER, request);
    int bare = 16 + 11 + Aead.TAG + ADDRESS.length + 2 + Aead.TAG;
    assertThat(request.readableBytes()).isGreaterThan(bare).isLessThanOrEqualTo(bare + 900);
  }

  @Test
  void everyRequestHasASaltOfItsOwn() {
    ByteBuf first = Unpooled.buffer();
    ByteBuf second = Unpooled.buffer();
    method.stream(ADDRESS).seal(Unpooled.EMPTY_BUFFER, first);
    method.stream(ADDRESS).seal(Unpooled.EMPTY_BUFFER, second);
    assertThat(first.slice(0, 16)).isNotEqualTo(second.slice(0, 16));
  }
}
