package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

/** A server that takes no more than HTTP/2's first window. */
class GrpcStreamTest {

  /** Flushes whenever it may have become possible to write, as relays do; not for ever. */
  private static final class Eager extends ChannelInboundHandlerAdapter {

    private int told;

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      if (++told < 1_000) {
        context.flush();
      }
    }
  }

  private static int written(EmbeddedChannel channel) {
    int bytes = 0;
    for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
      bytes += next.readableBytes();
      next.release();
    }
    return bytes;
  }

  @Test
  void whoFlushesWhenHeMayWriteIsNotToldSoByHisOwnFlush() {
    Eager eager = new Eager();
    EmbeddedChannel channel =
        new EmbeddedChannel(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel made) {
                GrpcStream.addTo(made.pipeline(), "http", "proxy.example", "gander");
                made.pipeline().addLast(eager);
              }
            });
    ChannelFuture sent = channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[300_000]));
    channel.runPendingTasks();

    assertThat(eager.told).isLessThan(10);
    assertThat(channel.isWritable()).as("the rest waits here").isFalse();
    assertThat(sent.isDone()).isFalse();
    assertThat(written(channel)).isBetween(65_535, 70_000);

    // Its SETTINGS, then WINDOW_UPDATE of the connection and of the stream: it takes all.
    channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0}));
    for (int stream = 0; stream < 2; stream++) {
      ByteBuf update = Unpooled.buffer();
      update.writeMedium(4).writeByte(8).writeByte(0).writeInt(stream).writeInt(300_000);
      channel.writeInbound(update);
    }
    channel.runPendingTasks();

    assertThat(sent.isSuccess()).isTrue();
    assertThat(written(channel)).isGreaterThan(300_000 - 65_535);
    assertThat(channel.isWritable()).isTrue();
    assertThat(eager.told).isLessThan(20);
    boolean _ = channel.finishAndReleaseAll();
  }
}
