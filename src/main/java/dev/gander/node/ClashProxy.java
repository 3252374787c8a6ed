package dev.gander.node;

/** One of the {@code proxies} of a Clash configuration, as a share link. */
final class ClashProxy {

  private final Fields said;
  private final String name;
  private final String host;
  private final String port;

  private ClashProxy(Fields said) {
    this.said = said;
    name = said.text("name");
    host = said.text("server");
    port = said.text("port");
  }

  /**
   * The link.
   *
   * @throws LinkException if there is none for what it says
   */
  static String link(Fields said) throws LinkException {
    return new ClashProxy(said).link();
  }

  private String link() throws LinkException {
    if (said.has("dialer-proxy")) {
      throw new LinkException("Clash's `dialer-proxy` is not read: write the chain in `node`");
    }
    String type = said.text("type");
    String password = ShareLink.encoded(said.text("password", "auth", "auth-str"));
    return switch (type) {
      case "ss" -> shadowsocks();
      case "socks5" -> plain("socks5").text();
      case "http" -> tls(plain(said.isTrue("tls") ? "https" : "http")).text();
      case "trojan" -> transport(tls(to("trojan", password))).text();
      case "vmess" ->
          transport(security(to("vmess", said.text("uuid"))))
              .with("aid", said.text("alterId"))
              .with("scy", said.text("cipher"))
              .vmess();
      case "vless" ->
          transport(security(to("vless", ShareLink.encoded(said.text("uuid")))))
              .with("encryption", said.text("encryption"))
              .with("flow", said.text("flow"))
              .text();
      case "hysteria2" ->
          tls(to("hysteria2", password))
              .with("obfs", said.text("obfs"))
              .with("obfs-password", said.text("obfs-password"))
              .with("mport", said.text("ports").replace('/', ','))
              .with("pinSHA256", said.text("fingerprint"))
              .text();
      case "tuic" ->
          tls(to("tuic", ShareLink.encoded(said.text("uuid")) + ":" + password))
              .with("congestion_control", said.text("congestion-controller"))
              .with("udp_relay_mode", said.text("udp-relay-mode"))
              .when(said.isTrue("disable-sni"), "disable_sni", "1")
              .text();
      case "anytls" -> tls(to("anytls", password)).text();
      default -> throw new LinkException("Clash's `" + ProxyLinks.shown(type) + "` is not spoken");
    };
  }

  private ShareLink to(String scheme, String user) {
    return new ShareLink(scheme, name, user, host, port);
  }

  private ShareLink plain(String scheme) throws LinkException {
    if (scheme.equals("socks5") && said.isTrue("tls")) {
      throw new LinkException("socks5 inside of TLS is not spoken");
    }
    String user = said.text("username");
    String login = ShareLink.encoded(user) + ":" + ShareLink.encoded(said.text("password"));
    return to(scheme, user.isEmpty() ? "" : login);
  }

  private String shadowsocks() throws LinkException {
    String user =
        ShareLink.encoded(said.text("cipher")) + ":" + ShareLink.encoded(said.text("password"));
    return to("ss", user).with("plugin", plugin()).text();
  }

  /** As SIP003 writes it. */
  private String plugin() throws LinkException {
    String plugin = said.text("plugin");
    Fields options = said.in("plugin-opts");
    return switch (plugin) {
      case "" -> "";
      case "obfs" ->
          "obfs-local;obfs=" + options.text("mode") + ";obfs-host=" + options.text("host");
      case "v2ray-plugin" ->
          "v2ray-plugin;mode="
              + options.text("mode")
              + (options.isTrue("tls") ? ";tls" : "")
              + (options.has("mux") && !options.isTrue("mux") ? ";mux=0" : "")
              + ";host="
              + options.text("host")
              + ";path="
              + options.text("path");
      default ->
          throw new LinkException(
              "the plugin `" + ProxyLinks.shown(plugin) + "` of ss is not spoken");
    };
  }

  /** Where TLS is as the entry says. */
  private ShareLink security(ShareLink link) {
    Fields reality = said.in("reality-opts");
    if (reality.has("public-key")) {
      return tls(link)
          .with("security", "reality")
          .with("pbk", reality.text("public-key"))
          .with("sid", reality.text("short-id"));
    }
    return said.isTrue("tls") ? tls(link).with("security", "tls") : link;
  }

  private ShareLink tls(ShareLink link) {
    return link.with("sni", said.text("sni", "servername"))
        .when(said.isTrue("skip-cert-verify"), "allowInsecure", "1")
        .with("alpn", said.joined("alpn"))
        .with("fp", said.text("client-fingerprint"));
  }

  private ShareLink transport(ShareLink link) {
    Fields web = said.in("ws-opts");
    boolean upgrade = web.isTrue("v2ray-http-upgrade");
    return link.with("type", upgrade ? "httpupgrade" : said.text("network"))
        // Until 2021 `ws-opts` was spelled out, and lists in the wild still have it so.
        .with("path", web.has("path") ? web.text("path") : said.text("ws-path"))
        .with(
            "host",
            (web.has("headers") ? web.in("headers") : said.in("ws-headers")).text("Host", "host"))
        .with("serviceName", said.in("grpc-opts").text("grpc-service-name"));
  }
}
