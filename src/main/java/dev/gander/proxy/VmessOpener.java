package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.crypto.Cipher;

/** Takes the target's bytes out of what a VMess server sends, chunk by chunk. Event loop. */
final class VmessOpener extends ByteToMessageDecoder {

  private static final int SEALED_LENGTH = 2 + BodyCipher.TAG;
  private static final int SHORTEST_HEAD = 4;
  private static final byte[] NOTHING = {};

  /** What comes next. */
  private enum Awaited {
    HEAD_LENGTH,
    HEAD,
    LENGTH,
    CHUNK
  }

  private final VmessSession session;
  private final Aead cipher;
  private final Shake128 mask;
  private Awaited awaited = Awaited.HEAD_LENGTH;
  private int length;
  private int padding;

  VmessOpener(VmessSession session) {
    setCumulator(COMPOSITE_CUMULATOR);
    this.session = session;
    cipher = session.opening();
    mask = new Shake128(session.answerNonce());
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws IOException {
    switch (awaited) {
      case HEAD_LENGTH -> headLength(in);
      case HEAD -> head(in);
      case LENGTH -> length(in);
      case CHUNK -> chunk(context, in, out);
    }
  }

  private void headLength(ByteBuf in) throws IOException {
    if (in.readableBytes() >= SEALED_LENGTH) {
      byte[] plain = opened("Len ", in, SEALED_LENGTH);
      length = (plain[0] & 0xff) << 8 | (plain[1] & 0xff);
      if (length < SHORTEST_HEAD) {
        throw new IOException("the head of its answer is too short");
      }
      awaited = Awaited.HEAD;
    }
  }

  /** Token, options, and a command to come by another port, which nobody must follow. */
  private void head(ByteBuf in) throws IOException {
    if (in.readableBytes() >= length + BodyCipher.TAG) {
      byte[] plain = opened("", in, length + BodyCipher.TAG);
      if (plain[0] != session.token()) {
        throw new IOException("its answer is to another request");
      }
      awaited = Awaited.LENGTH;
    }
  }

  private byte[] opened(String part, ByteBuf in, int sealed) throws IOException {
    byte[] bytes = new byte[sealed];
    in.readBytes(bytes);
    try {
      return VmessKeys.gcm(
          Cipher.DECRYPT_MODE,
          VmessKeys.derive(
              session.answerKey(), VmessRequest.ascii("AEAD Resp Header " + part + "Key")),
          VmessKeys.derive(
              session.answerNonce(), VmessRequest.ascii("AEAD Resp Header " + part + "IV")),
          NOTHING,
          bytes,
          0,
          sealed);
    } catch (GeneralSecurityException e) {
      throw new IOException("the head of its answer is not sealed as VMess has it", e);
    }
  }

  private void length(ByteBuf in) throws IOException {
    if (in.readableBytes() >= 2) {
      padding = mask.nextShort() % 64;
      length = in.readUnsignedShort() ^ mask.nextShort();
      if (length < BodyCipher.TAG + padding) {
        throw new IOException("it sent a chunk that is shorter than its padding");
      }
      awaited = Awaited.CHUNK;
    }
  }

  private void chunk(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws IOException {
    if (in.readableBytes() < length) {
      return;
    }
    int plain = length - padding - BodyCipher.TAG;
    ByteBuf opened = ArrayBuffers.take(Math.max(1, plain));
    boolean kept = false;
    try {
      cipher.open(in, plain, opened);
      in.skipBytes(padding);
      awaited = Awaited.LENGTH;
      if (plain == 0) {
        // The end: nothing else can come.
        var _ = context.close();
        return;
      }
      out.add(opened);
      kept = true;
    } finally {
      if (!kept) {
        opened.release();
      }
    }
  }
}
