package dev.gander.proxy;

import dev.gander.node.ProxyServer.Login;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** CONNECT of HTTP/1.1 (RFC 9110 section 9.3.6) with Basic authentication (RFC 7617). */
final class HttpOpening extends Opening {

  /** The whole head of an answer; servers bound what they take likewise. */
  private static final int LONGEST_HEAD = 16_384;

  private static final Pattern STATUS =
      Pattern.compile("HTTP/1\\.[01] ([1-5][0-9]{2})(?: (.*))?", Pattern.DOTALL);

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
    String authority = Targets.text(target);
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
    int end = endOfHead(in);
    if (end < 0 || end - in.readerIndex() > LONGEST_HEAD) {
      if (in.readableBytes() > LONGEST_HEAD) {
        throw new IOException("the head of its answer exceeds " + LONGEST_HEAD + " bytes");
      }
      return;
    }
    String head = in.readCharSequence(end - in.readerIndex(), StandardCharsets.US_ASCII).toString();
    Matcher status = STATUS.matcher(head.lines().findFirst().orElse(""));
    if (!status.matches()) {
      throw new IOException("it does not speak HTTP/1.1: its answer begins otherwise");
    }
    int code = Integer.parseInt(status.group(1));
    if (code >= 200 && code < 300) {
      stands(context);
    } else if (code >= 200) {
      throw new IOException(meaning(code, status.group(2) == null ? "" : status.group(2)));
    }
  }

  /** The index behind the first empty line; -1: there is none yet. */
  private static int endOfHead(ByteBuf in) {
    int line = in.readerIndex();
    while (true) {
      int newline = in.indexOf(line, in.writerIndex(), (byte) '\n');
      if (newline < 0) {
        return -1;
      }
      boolean empty = newline == line || (newline == line + 1 && in.getByte(line) == '\r');
      if (empty && line > in.readerIndex()) {
        return newline + 1;
      }
      line = newline + 1;
    }
  }

  private String meaning(int code, String phrase) {
    // 407 is what they ought to say; tinyproxy says 401 to a wrong password.
    if (code == 407 || code == 401) {
      return login.isPresent()
          ? "it refused user and password (" + code + ")"
          : "it demands a login (" + code + "): write http://USER:PASSWORD@HOST:PORT";
    }
    String plain = phrase.replaceAll("[^ -~]", "?").strip();
    return "it answered " + code + " " + plain.substring(0, Math.min(plain.length(), 80));
  }
}
