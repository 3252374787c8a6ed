package dev.gander.node;

import java.util.Set;

/** One of the {@code outbounds} of a sing-box configuration, as a share link. */
final class SingBoxOutbound {

  /** Those that lead to no server. */
  private static final Set<String> NO_SERVERS =
      Set.of("direct", "block", "dns", "selector", "urltest");

  private final Fields said;
  private final Fields tls;
  private final String name;
  private final String host;
  private final String port;

  private SingBoxOutbound(Fields said) {
    this.said = said;
    tls = said.in("tls");
    name = said.text("tag");
    host = said.text("server");
    String one = said.text("server_port");
    port = one.isEmpty() ? said.joined("server_ports").replaceFirst(":.*|,.*", "") : one;
  }

  static boolean isServer(Fields said) {
    return !NO_SERVERS.contains(said.text("type"));
  }

  /**
   * The link.
   *
   * @throws LinkException if there is none for what it says
   */
  static String link(Fields said) throws LinkException {
    return new SingBoxOutbound(said).link();
  }

  private String link() throws LinkException {
    if (said.has("detour")) {
      throw new LinkException("sing-box's `detour` is not read: write the chain in `node`");
    }
    String type = said.text("type");
    String password = ShareLink.encoded(said.text("password"));
    return switch (type) {
      case "shadowsocks" -> shadowsocks(password);
      case "socks" -> socks(password);
      case "http" -> security(to(tls.isTrue("enabled") ? "https" : "http", login(password))).text();
      case "trojan" -> transport(security(to("trojan", password))).text();
      case "vmess" ->
          transport(security(to("vmess", said.text("uuid"))))
              .with("aid", said.text("alter_id"))
              .with("scy", said.text("security"))
              .vmess();
      case "vless" ->
          transport(security(to("vless", ShareLink.encoded(said.text("uuid")))))
              .with("flow", said.text("flow"))
              .text();
      case "hysteria2" ->
          security(to("hysteria2", password))
              .with("obfs", said.in("obfs").text("type"))
              .with("obfs-password", said.in("obfs").text("password"))
              .with("mport", said.joined("server_ports").replace(':', '-'))
              .text();
      case "tuic" ->
          security(to("tuic", ShareLink.encoded(said.text("uuid")) + ":" + password))
              .with("congestion_control", said.text("congestion_control"))
              .with("udp_relay_mode", said.text("udp_relay_mode"))
              .when(tls.isTrue("disable_sni"), "disable_sni", "1")
              .text();
      case "anytls" -> security(to("anytls", password)).text();
      default ->
          throw new LinkException("sing-box's `" + ProxyLinks.shown(type) + "` is not spoken");
    };
  }

  private ShareLink to(String scheme, String user) {
    return new ShareLink(scheme, name, user, host, port);
  }

  private String login(String password) {
    String user = said.text("username");
    return user.isEmpty() ? "" : ShareLink.encoded(user) + ":" + password;
  }

  private String shadowsocks(String password) {
    String options = said.text("plugin_opts");
    String plugin = said.text("plugin") + (options.isEmpty() ? "" : ";" + options);
    return to("ss", ShareLink.encoded(said.text("method")) + ":" + password)
        .with("plugin", plugin)
        .text();
  }

  private String socks(String password) {
    return switch (said.text("version")) {
      case "4" -> to("socks4", ShareLink.encoded(said.text("username"))).text();
      case "4a" -> to("socks4a", ShareLink.encoded(said.text("username"))).text();
      default -> to("socks5", login(password)).text();
    };
  }

  private ShareLink security(ShareLink link) {
    if (!tls.isTrue("enabled")) {
      return link;
    }
    Fields reality = tls.in("reality");
    boolean real = reality.isTrue("enabled");
    return link.with("security", real ? "reality" : "tls")
        .with("sni", tls.text("server_name"))
        .when(tls.isTrue("insecure"), "allowInsecure", "1")
        .with("alpn", tls.joined("alpn"))
        .with("fp", tls.in("utls").text("fingerprint"))
        .when(real, "pbk", reality.text("public_key"))
        .when(real, "sid", reality.text("short_id"));
  }

  private ShareLink transport(ShareLink link) {
    Fields transport = said.in("transport");
    return link.with("type", transport.text("type"))
        .with("path", transport.text("path"))
        .with("host", hostOf(transport))
        .with("serviceName", transport.text("service_name"));
  }

  private static String hostOf(Fields transport) {
    String host = transport.joined("host");
    return host.isEmpty() ? transport.in("headers").joined("Host") : host;
  }
}
