package dev.gander.group;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sends one HTTP request and reads the status line of the answer (RFC 9112 section 4). */
final class HttpProbe extends ByteToMessageDecoder {

  /** A status line with a reason is shorter. */
  private static final int LONGEST_LINE = 1024;

  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([0-9]{3})( .*)?");

  private final Probe.Http probe;
  private final CompletableFuture<Void> answered;

  HttpProbe(Probe.Http probe, CompletableFuture<Void> answered) {
    this.probe = probe;
    this.answered = answered;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) throws Exception {
    boolean usual = probe.port() == (probe.tls() ? 443 : 80);
    String host = probe.host().contains(":") ? "[" + probe.host() + "]" : probe.host();
    String request =
        probe.method()
            + " "
            + probe.path()
            + " HTTP/1.1\r\nHost: "
            + host
            + (usual ? "" : ":" + probe.port())
            + "\r\nUser-Agent: gander\r\nAccept: */*\r\nContent-Length: 0\r\n"
            + "Connection: close\r\n\r\n";
    var _ = context.writeAndFlush(Unpooled.copiedBuffer(request, StandardCharsets.US_ASCII));
    super.channelActive(context);
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf bytes, List<Object> out) {
    int end = bytes.bytesBefore((byte) '\n');
    if (end < 0 && bytes.readableBytes() <= LONGEST_LINE) {
      return;
    }
    String line =
        bytes.toString(
            bytes.readerIndex(),
            end < 0 ? LONGEST_LINE : Math.min(end, LONGEST_LINE),
            StandardCharsets.ISO_8859_1);
    bytes.skipBytes(bytes.readableBytes());
    Matcher status = STATUS.matcher(line.strip());
    if (!status.matches()) {
      answered.completeExceptionally(new IOException("what answered does not speak HTTP"));
    } else if (isGood(Integer.parseInt(status.group(1)))) {
      answered.complete(null);
    } else {
      answered.completeExceptionally(new IOException("the answer is HTTP " + status.group(1)));
    }
  }

  private boolean isGood(int status) {
    return probe.path().endsWith("/generate_204") ? status == 204 : status >= 200 && status < 500;
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    super.channelInactive(context);
    answered.completeExceptionally(new IOException("the connection was closed without an answer"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    answered.completeExceptionally(cause);
  }
}
