package dev.gander.front;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.FakeClock;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The tokens by which clients of QUIC prove their address. */
class RetryTokensTest {

  private static final InetSocketAddress CLIENT = at("192.0.2.1", 4000);
  private static final byte[] ID = {1, 2, 3, 4, 5, 6, 7, 8};

  private final FakeClock clock = new FakeClock();
  private final Counters counters = new Counters();
  private final RetryTokens tokens = new RetryTokens(() -> true, counters, clock);

  @Test
  void aTokenHoldsForItsAddressAndGivesTheFirstConnectionIdBack() {
    ByteBuf token = token(tokens);
    int at = tokens.validateToken(token.duplicate(), CLIENT);
    assertThat(token.slice(at, token.readableBytes() - at)).isEqualTo(Unpooled.wrappedBuffer(ID));
    assertThat(token.readableBytes()).isLessThanOrEqualTo(tokens.maxTokenLength());
    assertThat(counters.get(Counter.DOOR_RETRIES)).isEqualTo(1);
  }

  @Test
  void aTokenHoldsForNoOtherAddressOrPort() {
    ByteBuf token = token(tokens);
    assertThat(tokens.validateToken(token.duplicate(), at("192.0.2.2", 4000))).isNegative();
    assertThat(tokens.validateToken(token.duplicate(), at("192.0.2.1", 4001))).isNegative();
    assertThat(tokens.validateToken(token.duplicate(), at("2001:db8::1", 4000))).isNegative();
  }

  @Test
  void aTokenThatIsOldOrChangedOrOfAnotherProcessDoesNotHold() {
    ByteBuf token = token(tokens);
    for (int i = 0; i < token.readableBytes(); i++) {
      ByteBuf changed = token.copy();
      changed.setByte(i, changed.getByte(i) ^ 1);
      assertThat(tokens.validateToken(changed, CLIENT)).as("byte " + i).isNegative();
    }
    assertThat(tokens.validateToken(token.slice(0, 30), CLIENT)).isNegative();
    assertThat(tokens.validateToken(Unpooled.EMPTY_BUFFER, CLIENT)).isNegative();
    RetryTokens others = new RetryTokens(() -> true, counters, clock);
    assertThat(others.validateToken(token.duplicate(), CLIENT)).isNegative();
    clock.advance(Duration.ofSeconds(11));
    assertThat(tokens.validateToken(token.duplicate(), CLIENT)).isNegative();
  }

  @Test
  void whereItIsNotCrowdedNobodyIsAskedForOne() {
    RetryTokens idle = new RetryTokens(() -> false, counters, clock);
    ByteBuf out = Unpooled.buffer();
    assertThat(idle.writeToken(out, Unpooled.wrappedBuffer(ID), CLIENT)).isFalse();
    assertThat(out.isReadable()).isFalse();
  }

  private static ByteBuf token(RetryTokens tokens) {
    ByteBuf out = Unpooled.buffer();
    assertThat(tokens.writeToken(out, Unpooled.wrappedBuffer(ID), CLIENT)).isTrue();
    return out;
  }

  private static InetSocketAddress at(String address, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), port);
  }
}
