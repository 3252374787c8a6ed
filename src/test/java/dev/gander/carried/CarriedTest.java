package dev.gander.carried;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What HTTP says of a message, and the pieces it comes in. */
class CarriedTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/dns-message",
        "Application/DNS-Message",
        "application/dns-message; charset=utf-8",
        " application/dns-message ;x"
      })
  void isAMessage(String type) {
    assertThat(MediaType.isMessage(type)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ";", "text/plain", "application/dns-messages", "application/dns"})
  void isNone(String type) {
    assertThat(MediaType.isMessage(type)).isFalse();
  }

  @Test
  void aMessageIsWhatItsPiecesAreTogether() {
    Pieces pieces = new Pieces(1000);
    assertThat(pieces.whole()).isEmpty();
    byte[] expected = new byte[1000];
    for (int i = 0; i < 1000; i++) {
      expected[i] = (byte) i;
      assertThat(pieces.add(Unpooled.wrappedBuffer(expected, i, 1))).isTrue();
    }
    ByteBuf beyond = Unpooled.wrappedBuffer(new byte[1]);
    assertThat(pieces.add(beyond)).isFalse();
    assertThat(beyond.readableBytes()).isEqualTo(1);
    assertThat(pieces.whole()).isEqualTo(expected);
  }

  @Test
  void onePieceIsTakenAsItIs() {
    Pieces pieces = new Pieces(3);
    assertThat(pieces.add(Unpooled.wrappedBuffer(new byte[] {1, 2, 3}))).isTrue();
    assertThat(pieces.whole()).containsExactly(1, 2, 3);
  }
}
