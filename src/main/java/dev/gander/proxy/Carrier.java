package dev.gander.proxy;

import io.netty.channel.ChannelPipeline;
import java.io.IOException;

/** What lies between TCP and a proxy's protocol: nothing, TLS, or a stream inside of TLS. */
interface Carrier {

  /** The protocol's bytes are TCP's. */
  Carrier TCP = () -> pipeline -> {};

  /**
   * What a new channel needs. The handlers hold the channel's becoming active back until it carries
   * bytes, and fire an {@link IOException} with the reason if it will not.
   *
   * @throws IOException if files it needs cannot be read
   */
  Stack stack() throws IOException;

  /** Adds handlers at the end of a pipeline. */
  @FunctionalInterface
  interface Stack {
    void addTo(ChannelPipeline pipeline);
  }
}
