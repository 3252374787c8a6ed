package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.proxy.ProxyTls.Pieces;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HelloPiecesTest {

  private static final String HELLO = "1603010008" + "01000004aabbccdd";

  private final EmbeddedChannel channel = new EmbeddedChannel();

  private void cutting(int bytes, int millis) {
    channel.freezeTime();
    channel
        .pipeline()
        .addLast(new HelloPieces(new Pieces(bytes, bytes, millis, millis), new Random(1)));
  }

  private ChannelFuture write(String hex) {
    return channel.writeAndFlush(Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex)));
  }

  private @Nullable String left() {
    ByteBuf bytes = channel.readOutbound();
    if (bytes == null) {
      return null;
    }
    String hex = ByteBufUtil.hexDump(bytes);
    bytes.release();
    return hex;
  }

  private void pass(int millis) {
    channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();
  }

  @Test
  void eachPieceIsARecordAndLeavesAfterItsTime() {
    cutting(3, 10);
    ChannelFuture written = write(HELLO);
    ChannelFuture behind = write("1503030002");
    assertThat(left()).isEqualTo("1603010003010000");
    assertThat(left()).isNull();
    pass(9);
    assertThat(left()).isNull();
    pass(1);
    assertThat(left()).isEqualTo("160301000304aabb");
    assertThat(written.isDone()).isFalse();
    pass(10);
    assertThat(left()).isEqualTo("1603010002ccdd");
    assertThat(written.isSuccess()).isTrue();
    assertThat(left()).isNull();
    pass(10);
    assertThat(left()).isEqualTo("1503030002");
    assertThat(behind.isSuccess()).isTrue();
    assertThat(channel.pipeline().get(HelloPieces.class)).isNull();
  }

  @Test
  void withoutAnIntervalAllLeaveAtOnceEachByItself() {
    cutting(5, 0);
    assertThat(write(HELLO).isSuccess()).isTrue();
    assertThat(left()).isEqualTo("16030100050100000" + "4aa");
    assertThat(left()).isEqualTo("1603010003bbccdd");
    assertThat(left()).isNull();
    assertThat(channel.pipeline().get(HelloPieces.class)).isNull();
  }

  @Test
  void whatIsNoHandshakeStaysWhole() {
    cutting(1, 10);
    assertThat(write("1703030002aabb").isSuccess()).isTrue();
    assertThat(left()).isEqualTo("1703030002aabb");
  }

  @Test
  void whatHasNotLeftWhenTheChannelEndsHasFailed() {
    cutting(3, 10);
    ChannelFuture written = write(HELLO);
    var _ = channel.close();
    pass(10);
    assertThatThrownBy(written::sync).isNotNull();
    assertThat(channel.pipeline().get(HelloPieces.class)).isNull();
  }
}
