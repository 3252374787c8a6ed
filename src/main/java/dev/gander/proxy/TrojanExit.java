package dev.gander.proxy;

import dev.gander.node.Secret;
import dev.gander.proxy.Carrier.Stack;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Through a Trojan server (trojan-gfw.github.io/trojan/protocol). A server that does not know the
 * password answers as a web server does, and what it says cannot be told from the target's words.
 * Any thread.
 */
final class TrojanExit extends AheadExit {

  private static final int CONNECT = 1;
  private static final int UDP_ASSOCIATE = 3;
  private static final int CRLF = 0x0D0A;
  private static final String DOUBT = "the target did, or the password is wrong";

  private final byte[] key;

  TrojanExit(Hop hop, Secret password) {
    super(hop, DOUBT);
    key = key(password);
  }

  private static byte[] key(Secret password) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-224").digest(password.bytes());
      return HexFormat.of().formatHex(digest).getBytes(StandardCharsets.US_ASCII);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-224", e);
    }
  }

  @Override
  Stack protocol(InetSocketAddress target, boolean datagrams) throws IOException {
    byte[] request = request(datagrams ? UDP_ASSOCIATE : CONNECT, target);
    return pipeline -> {
      pipeline.addLast(new RequestAhead(_ -> Unpooled.wrappedBuffer(request)));
      if (datagrams) {
        pipeline.addLast(new TrojanDatagrams(target));
      }
    };
  }

  private byte[] request(int command, InetSocketAddress target) throws IOException {
    ByteBuf request = Unpooled.buffer().writeBytes(key).writeShort(CRLF).writeByte(command);
    AddressForm.SOCKS.write(request, target);
    byte[] bytes = new byte[request.writeShort(CRLF).readableBytes()];
    request.readBytes(bytes);
    return bytes;
  }
}
