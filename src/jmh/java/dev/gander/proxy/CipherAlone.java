package dev.gander.proxy;

import dev.gander.proxy.Tunnel.Protocol;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * The JDK's cipher at a protocol's chunks, each with a nonce of its own: from array to array, where
 * it is at its best, or between the direct buffers that sockets are read into and written from.
 */
final class CipherAlone {

  private final Protocol protocol;
  private final Cipher cipher;
  private final SecretKeySpec key;
  private final byte[] nonce = new byte[12];
  private final IntFunction<ByteBuffer> buffers;
  private final ByteBuffer length;
  private final ByteBuffer in;
  private final ByteBuffer out;
  private final int bytes;
  private final List<ByteBuffer> sealed = new ArrayList<>();
  private int count;

  /**
   * @param bytes of one {@link #seal} or {@link #open}
   * @param direct whether buffers are
   */
  CipherAlone(Protocol protocol, int bytes, boolean direct) throws GeneralSecurityException {
    this.protocol = protocol;
    this.bytes = bytes;
    buffers = direct ? ByteBuffer::allocateDirect : ByteBuffer::allocate;
    length = buffers.apply(2);
    cipher = protocol.algorithm.cipher();
    key = protocol.algorithm.key(new byte[protocol.keyLength]);
    in = buffers.apply(protocol.chunk);
    out = buffers.apply(protocol.chunk + Aead.TAG);
    for (int left = bytes; left > 0; left -= protocol.chunk) {
      if (protocol.sealsLengths) {
        sealed.add(once(length, length.capacity()));
      }
      sealed.add(once(in, Math.min(left, protocol.chunk)));
    }
  }

  private ByteBuffer once(ByteBuffer from, int count) throws GeneralSecurityException {
    ByteBuffer to = buffers.apply(count + Aead.TAG);
    work(Cipher.ENCRYPT_MODE, from, count, to);
    return to;
  }

  private void work(int mode, ByteBuffer from, int length, ByteBuffer to)
      throws GeneralSecurityException {
    count++;
    nonce[0] = (byte) count;
    nonce[1] = (byte) (count >> 8);
    nonce[2] = (byte) (count >> 16);
    cipher.init(mode, key, protocol.algorithm.parameters(nonce));
    if (from.hasArray()) {
      cipher.doFinal(
          from.array(), from.arrayOffset(), length, to.array(), to.arrayOffset());
    } else {
      cipher.doFinal(from.limit(length).position(0), to.clear());
    }
  }

  void seal() throws GeneralSecurityException {
    for (int left = bytes; left > 0; left -= protocol.chunk) {
      if (protocol.sealsLengths) {
        work(Cipher.ENCRYPT_MODE, length, length.capacity(), out);
      }
      work(Cipher.ENCRYPT_MODE, in, Math.min(left, protocol.chunk), out);
    }
  }

  void open() throws GeneralSecurityException {
    count = 0;
    for (ByteBuffer chunk : sealed) {
      work(Cipher.DECRYPT_MODE, chunk, chunk.capacity(), out);
    }
  }
}
