package dev.gander.proxy;

import dev.gander.config.Endpoint;
import dev.gander.node.ProxyServer.Login;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** CONNECT of HTTP/1.1 (RFC 9110 section 9.3.6) with Basic authentication (RFC 7617). */
final class HttpOpening extends Opening {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]+");

  private final InetSocketAddress target;
  private final Optional<Login> login;

  HttpOpening(InetSocketAddress target, Optional<Login> login) {
    this.target = target;
    this.login = login;
  }

  @Override
  ByteBuf greeting(ChannelHandlerContext context) throws IOException {
    if (target.isUnresolved() && !NAME.matcher(target.getHostString()).matches()) {
      throw new IOException("this is no name of a host");
    }
    String authority = Endpoint.text(target);
    StringBuilder request =
        new StringBuilder("CONNECT ")
            .append(authority)
            .append(" HTTP/1.1\r\nHost: ")
            .append(authority)
            .append("\r\n");
    if (login.isPresent()) {
      request.append("Proxy-Authorization: Basic ").append(credentials(login.get())).append("\r\n");
    }
    return ByteBufUtil.writeAscii(context.alloc(), request.append("\r\n"));
  }

  private static String credentials(Login login) throws IOException {
    if (login.user().indexOf(':') >= 0) {
      throw new IOException("a user with a colon cannot log in by HTTP");
    }
    ByteArrayOutputStream pair = new ByteArrayOutputStream();
    pair.writeBytes(login.userBytes());
    pair.write(':');
    pair.writeBytes(login.password().bytes());
    return Base64.getEncoder().encodeToString(pair.toByteArray());
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws IOException {
    HttpHead head = HttpHead.take(in);
    if (head == null) {
      return;
    }
    if (head.code() >= 200 && head.code() < 300) {
      stands(context);
    } else if (head.code() >= 200) {
      throw new IOException(meaning(head));
    }
  }

  private String meaning(HttpHead head) {
    int code = head.code();
    // 407 is what they ought to say; tinyproxy says 401 to a wrong password.
    if (code == 407 || code == 401) {
      return login.isPresent()
          ? "it refused user and password (" + code + ")"
          : "it demands a login (" + code + "): write http://USER:PASSWORD@HOST:PORT";
    }
    return ("it answered " + code + " " + head.phrase()).strip();
  }
}
