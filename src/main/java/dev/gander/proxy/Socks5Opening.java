package dev.gander.proxy;

import dev.gander.node.ProxyServer.Login;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.AttributeKey;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/** The client's side of SOCKS 5 (RFC 1928) with user and password (RFC 1929). */
final class Socks5Opening extends Opening {

  /** What is asked for. */
  enum Command {
    CONNECT(1),
    UDP_ASSOCIATE(3);

    private final int code;

    Command(int code) {
      this.code = code;
    }
  }

  /** What the server's next word answers. */
  private enum Awaited {
    METHOD,
    LOGIN,
    REPLY
  }

  /** Where the server has taken the request to, once the tunnel stands. */
  static final AttributeKey<InetSocketAddress> BOUND =
      AttributeKey.valueOf(Socks5Opening.class, "bound");

  private static final int VERSION = 5;
  private static final int NO_LOGIN = 0;
  private static final int USER_AND_PASSWORD = 2;
  private static final int NO_METHOD = 0xFF;
  private static final int LOGIN_VERSION = 1;

  private final Command command;
  private final InetSocketAddress target;
  private final Optional<Login> login;
  private Awaited awaited = Awaited.METHOD;

  Socks5Opening(Command command, InetSocketAddress target, Optional<Login> login) {
    this.command = command;
    this.target = target;
    this.login = login;
  }

  @Override
  ByteBuf greeting(ChannelHandlerContext context) {
    ByteBuf methods = context.alloc().buffer().writeByte(VERSION);
    return login.isPresent()
        ? methods.writeByte(2).writeByte(NO_LOGIN).writeByte(USER_AND_PASSWORD)
        : methods.writeByte(1).writeByte(NO_LOGIN);
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws IOException {
    if (in.readableBytes() < 2) {
      return;
    }
    switch (awaited) {
      case METHOD -> method(context, in);
      case LOGIN -> loggedIn(context, in);
      case REPLY -> reply(context, in);
    }
  }

  private void method(ChannelHandlerContext context, ByteBuf in) throws IOException {
    checkVersion(in.readUnsignedByte());
    int method = in.readUnsignedByte();
    if (method == NO_LOGIN) {
      request(context);
    } else if (method == USER_AND_PASSWORD && login.isPresent()) {
      byte[] password = login.get().password().bytes();
      byte[] user = login.get().userBytes();
      awaited = Awaited.LOGIN;
      var _ =
          context.writeAndFlush(
              context
                  .alloc()
                  .buffer()
                  .writeByte(LOGIN_VERSION)
                  .writeByte(user.length)
                  .writeBytes(user)
                  .writeByte(password.length)
                  .writeBytes(password));
    } else if (method == NO_METHOD || method == USER_AND_PASSWORD) {
      throw new IOException(
          login.isPresent()
              ? "it takes neither user and password nor no login at all"
              : "it demands a login: write socks5://USER:PASSWORD@HOST:PORT");
    } else {
      throw new IOException("it chose the login method " + method + ", which was not offered");
    }
  }

  private void loggedIn(ChannelHandlerContext context, ByteBuf in) throws IOException {
    in.skipBytes(1);
    if (in.readByte() != 0) {
      throw new IOException("it refused user and password");
    }
    request(context);
  }

  private void request(ChannelHandlerContext context) throws IOException {
    ByteBuf request = context.alloc().buffer().writeByte(VERSION).writeByte(command.code);
    try {
      AddressForm.SOCKS.write(request.writeByte(0), target);
    } catch (IOException e) {
      request.release();
      throw e;
    }
    awaited = Awaited.REPLY;
    var _ = context.writeAndFlush(request);
  }

  private void reply(ChannelHandlerContext context, ByteBuf in) throws IOException {
    int start = in.readerIndex();
    checkVersion(in.getUnsignedByte(start));
    int code = in.getUnsignedByte(start + 1);
    if (code != 0) {
      throw new IOException(meaning(code));
    }
    if (in.readableBytes() < 3) {
      return;
    }
    in.skipBytes(3);
    InetSocketAddress bound = AddressForm.SOCKS.read(in);
    if (bound == null) {
      in.readerIndex(start);
    } else {
      context.channel().attr(BOUND).set(bound);
      stands(context);
    }
  }

  private static void checkVersion(int version) throws IOException {
    if (version != VERSION) {
      throw new IOException("it does not speak SOCKS 5: its answer begins with byte " + version);
    }
  }

  /** RFC 1928 section 6. */
  private static String meaning(int code) {
    return switch (code) {
      case 1 -> "general failure of the server";
      case 2 -> "its rules do not allow it";
      case 3 -> "network unreachable";
      case 4 -> "host unreachable";
      case 5 -> "connection refused";
      case 6 -> "TTL expired";
      case 7 -> "it does not know the command";
      case 8 -> "it does not know this type of address";
      default -> "reply code " + code;
    };
  }
}
