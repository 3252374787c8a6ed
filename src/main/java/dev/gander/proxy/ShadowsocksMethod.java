package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** How one server of Shadowsocks has its streams and datagrams: a cipher and a key. Any thread. */
interface ShadowsocksMethod {

  /**
   * A new stream.
   *
   * @param address of the target, as {@link AddressForm#SOCKS} writes it
   */
  Stream stream(byte[] address);

  /** A new series of datagrams to one server. */
  Datagrams datagrams();

  /** Both directions of a stream. Event loop. */
  interface Stream {

    /** Takes all of {@code plain} and appends what goes to the server; first of all the address. */
    void seal(ByteBuf plain, ByteBuf out);

    /**
     * Takes what came from the server.
     *
     * @return bytes of the target, the caller's to release, maybe none; null if {@code in} must
     *     grow first
     * @throws IOException if it is not what a server that knows the key sends
     */
    @Nullable ByteBuf open(ByteBuf in) throws IOException;
  }

  /** Both directions of datagrams; their plain form is an address and the payload. Event loop. */
  interface Datagrams {

    /** Takes all of {@code plain} and appends what goes to the server. */
    void seal(ByteBuf plain, ByteBuf out) throws IOException;

    /**
     * Takes what came from the server and appends the plain form.
     *
     * @return false if it is none, or has come before
     * @throws IOException if it is not what a server that knows the key sends
     */
    boolean open(ByteBuf sealed, ByteBuf plain) throws IOException;
  }
}
