package dev.gander.proxy;

import dev.gander.node.LinkException;
import dev.gander.node.ProxyServer;
import java.nio.file.Path;

/** A proxy server that others wrote, which runs. */
interface Peer extends AutoCloseable {

  /** Has the certificate of who vouches for it, if it speaks TLS. */
  Path directory();

  /** As its share link says. */
  ProxyServer server() throws LinkException;

  /** As kill -9 does, its children too. */
  @Override
  void close();
}
