package dev.gander.front;

import dev.gander.config.Network;
import dev.gander.tls.ServerTls;
import java.util.List;
import java.util.Optional;

/**
 * What may change while a listener stays: connections that come later get it.
 *
 * @param tls empty for plain TCP behind a proxy
 * @param path of HTTP requests
 * @param proxies who may, and must, send a PROXY header; empty: nobody
 */
public record Terms(Optional<ServerTls> tls, String path, Optional<List<Network>> proxies) {}
