package dev.gander.subscribe;

import dev.gander.tls.ClientTls;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLException;

/** Asks for one URL when the connection stands, and takes the answer. */
final class WebRequest extends SimpleChannelInboundHandler<FullHttpResponse> {

  /** Many servers choose the format by it: as to v2rayN they send a list of links. */
  private static final String USER_AGENT = "gander (like v2rayN)";

  private final URI url;
  private final CompletableFuture<WebReply> reply;

  WebRequest(URI url, CompletableFuture<WebReply> reply) {
    this.url = url;
    this.reply = reply;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) throws Exception {
    String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
    FullHttpRequest request =
        new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, path + query);
    String port = url.getPort() < 0 ? "" : ":" + url.getPort();
    var _ =
        request
            .headers()
            .set(HttpHeaderNames.HOST, url.getHost() + port)
            .set(HttpHeaderNames.USER_AGENT, USER_AGENT)
            .set(HttpHeaderNames.ACCEPT, "*/*")
            .set(HttpHeaderNames.ACCEPT_ENCODING, "gzip, deflate")
            .set(HttpHeaderNames.CONNECTION, "close");
    if (url.getUserInfo() != null) {
      byte[] login = url.getUserInfo().getBytes(StandardCharsets.UTF_8);
      String basic = "Basic " + Base64.getEncoder().encodeToString(login);
      var _ = request.headers().set(HttpHeaderNames.AUTHORIZATION, basic);
    }
    var _ = context.writeAndFlush(request);
    super.channelActive(context);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
    int status = response.status().code();
    String location = response.headers().get(HttpHeaderNames.LOCATION, "");
    if (status == 200) {
      reply.complete(new WebReply(response.content().toString(StandardCharsets.UTF_8), ""));
    } else if (status >= 301 && status <= 308 && status != 304 && !location.isEmpty()) {
      reply.complete(new WebReply("", location));
    } else {
      reply.completeExceptionally(new IOException("the answer is HTTP " + status));
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    super.channelInactive(context);
    reply.completeExceptionally(new IOException("the connection was closed before all had come"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    reply.completeExceptionally(
        switch (cause) {
          case TooLongFrameException _ -> new IOException("it is longer than 16 MiB");
          case DecoderException tls when tls.getCause() instanceof SSLException why ->
              new IOException(ClientTls.reason(why), why);
          default -> cause;
        });
    var _ = context.close();
  }
}
