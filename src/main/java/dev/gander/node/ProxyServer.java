package dev.gander.node;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** A proxy server and how to speak with it, as its share link says. */
public sealed interface ProxyServer {

  /** What people call it; empty where the link does not say. */
  String name();

  /** A name, or an address without brackets. */
  String host();

  /** 1 to 65535. */
  int port();

  /** Scheme, host and port, as messages name it; no secret. */
  default String text() {
    return scheme()
        + "://"
        + (host().indexOf(':') < 0 ? host() : "[" + host() + "]")
        + ":"
        + port();
  }

  private String scheme() {
    return switch (this) {
      case Socks5 _ -> "socks5";
      case Socks4 socks4 -> socks4.names() ? "socks4a" : "socks4";
      case Http http -> http.tls().isPresent() ? "https" : "http";
      case Shadowsocks _ -> "ss";
      case Trojan _ -> "trojan";
      case Vmess _ -> "vmess";
      case Vless _ -> "vless";
      case Hysteria2 _ -> "hysteria2";
      case Anytls _ -> "anytls";
      case Tuic _ -> "tuic";
    };
  }

  /** What the user should hear of: what is accepted though it is weak, or has no effect. */
  default List<String> warnings() {
    return switch (this) {
      case Shadowsocks ss when ss.cipher().isOld() ->
          List.of(
              "the cipher `"
                  + ss.cipher().text()
                  + "` lets others change and probe what it carries: use aes-128-gcm or"
                  + " 2022-blake3-aes-128-gcm");
      case Http http -> http.tls().map(ProxyServer::imitation).orElse(List.of());
      case Trojan trojan -> imitation(trojan.tls());
      case Vmess vmess -> vmess.tls().map(ProxyServer::imitation).orElse(List.of());
      case Vless vless -> vless.tls().map(ProxyServer::imitation).orElse(List.of());
      case Anytls anytls -> imitation(anytls.tls());
      case Shadowsocks _, Socks4 _, Socks5 _, Hysteria2 _, Tuic _ -> List.of();
    };
  }

  private static List<String> imitation(Tls tls) {
    return tls.imitated().isEmpty()
        ? List.of()
        : List.of(
            "`fp="
                + ProxyLinks.shown(tls.imitated())
                + "` has no effect: the TLS handshake is the library's, not like a browser's");
  }

  /** What a server knows its user by. */
  record Login(String user, Secret password) {

    /** The user in UTF-8. */
    public byte[] userBytes() {
      return user.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
      return "(login)";
    }
  }

  /**
   * How TLS is spoken with the server.
   *
   * @param serverName what its certificate must be for
   * @param verify whether that is checked
   * @param alpn the protocols to offer; empty: what the proxy's protocol is used to
   * @param imitated whose handshake the link would have looked like ({@code fp}, uTLS); empty: none
   */
  record Tls(String serverName, boolean verify, List<String> alpn, String imitated) {}

  /** What lies between TCP, or TLS, and a proxy's protocol. */
  sealed interface Transport {

    /** Nothing: its bytes are the connection's. */
    record Tcp() implements Transport {}

    /**
     * WebSocket, RFC 6455, in binary messages.
     *
     * @param path of the request; begins with a slash
     * @param host for its Host field; empty: the server's name in TLS, else its host
     */
    record WebSocket(String path, String host) implements Transport {}

    /** A request that is answered 101 as for WebSocket, then bytes; the parameters are the same. */
    record HttpUpgrade(String path, String host) implements Transport {}

    /**
     * One stream of gRPC, its messages holding bytes.
     *
     * @param service the name before {@code /Tun}
     * @param authority for {@code :authority}; empty: as the Host field of others
     */
    record Grpc(String service, String authority) implements Transport {}
  }

  /** SOCKS 4, or 4a where {@code names} are left to the server to look up. */
  record Socks4(String name, String host, int port, Secret user, boolean names)
      implements ProxyServer {}

  /** SOCKS 5, RFC 1928 and 1929. */
  record Socks5(String name, String host, int port, Optional<Login> login) implements ProxyServer {}

  /** CONNECT of RFC 9110, over TLS where that is said. */
  record Http(String name, String host, int port, Optional<Login> login, Optional<Tls> tls)
      implements ProxyServer {}

  /**
   * Shadowsocks.
   *
   * @param password for ciphers of the 2022 edition: the key in Base64; several, joined by colons,
   *     where servers tell users apart (SIP023)
   */
  record Shadowsocks(
      String name, String host, int port, Cipher cipher, Secret password, Disguise disguise)
      implements ProxyServer {}

  /** What a plugin makes streams of Shadowsocks look like; datagrams go without. */
  sealed interface Disguise {

    /** Nothing. */
    record None() implements Disguise {}

    /** A request of WebSocket and its answer, to a {@code host}. */
    record HttpRequest(String host) implements Disguise {}

    /** A session of TLS with a {@code host}. */
    record TlsSession(String host) implements Disguise {}

    /**
     * What v2ray-plugin does.
     *
     * @param multiplexed whether the server expects the frames of Mux.Cool inside
     */
    record WebSocket(Transport.WebSocket transport, Optional<Tls> tls, boolean multiplexed)
        implements Disguise {}
  }

  /** Trojan: a password inside of TLS. */
  record Trojan(String name, String host, int port, Secret password, Transport transport, Tls tls)
      implements ProxyServer {}

  /**
   * VMess with AEAD headers.
   *
   * @param id the user's UUID, 32 hexadecimal digits
   */
  record Vmess(
      String name,
      String host,
      int port,
      Secret id,
      VmessCipher cipher,
      Transport transport,
      Optional<Tls> tls)
      implements ProxyServer {}

  /**
   * VLESS, which encrypts nothing itself.
   *
   * @param id the user's UUID, 32 hexadecimal digits
   */
  record Vless(
      String name, String host, int port, Secret id, Transport transport, Optional<Tls> tls)
      implements ProxyServer {}

  /** AnyTLS: a password inside of TLS, and streams in sessions that are used again. */
  record Anytls(String name, String host, int port, Secret password, Tls tls)
      implements ProxyServer {}

  /**
   * Hysteria 2, over QUIC.
   *
   * @param port the first of {@code hops}, if there are any
   * @param hops ports of the server of which now one is used and then another; empty: one port
   * @param salamander the key that hides what QUIC looks like
   * @param fingerprint of the server's certificate, SHA-256 in 64 hexadecimal digits; it must fit,
   *     whatever else is verified
   */
  record Hysteria2(
      String name,
      String host,
      int port,
      List<Ports> hops,
      Secret password,
      Optional<Secret> salamander,
      Optional<String> fingerprint,
      Tls tls)
      implements ProxyServer {

    public Hysteria2 {
      hops = List.copyOf(hops);
    }
  }

  /** A range of ports, both ends in it. */
  record Ports(int first, int last) {}

  /**
   * TUIC, version 5, over QUIC.
   *
   * @param id the user's UUID, 32 hexadecimal digits
   * @param streams whether datagrams go as streams, which lose none, and not as QUIC's datagrams
   * @param named whether the handshake names the server
   */
  record Tuic(
      String name,
      String host,
      int port,
      Secret id,
      Secret password,
      Congestion congestion,
      boolean streams,
      boolean named,
      Tls tls)
      implements ProxyServer {}

  /** How fast QUIC sends. */
  enum Congestion {
    CUBIC,
    RENO,
    BBR
  }

  /** A cipher of Shadowsocks. */
  enum Cipher {
    AES_128_GCM("aes-128-gcm", 16, Edition.AEAD),
    AES_192_GCM("aes-192-gcm", 24, Edition.AEAD),
    AES_256_GCM("aes-256-gcm", 32, Edition.AEAD),
    CHACHA20_IETF_POLY1305("chacha20-ietf-poly1305", 32, Edition.AEAD),
    BLAKE3_AES_128_GCM("2022-blake3-aes-128-gcm", 16, Edition.AEAD_2022),
    BLAKE3_AES_256_GCM("2022-blake3-aes-256-gcm", 32, Edition.AEAD_2022),
    BLAKE3_CHACHA20_POLY1305("2022-blake3-chacha20-poly1305", 32, Edition.AEAD_2022),
    AES_128_CTR("aes-128-ctr", 16, Edition.STREAM),
    AES_192_CTR("aes-192-ctr", 24, Edition.STREAM),
    AES_256_CTR("aes-256-ctr", 32, Edition.STREAM),
    AES_128_CFB("aes-128-cfb", 16, Edition.STREAM),
    AES_192_CFB("aes-192-cfb", 24, Edition.STREAM),
    AES_256_CFB("aes-256-cfb", 32, Edition.STREAM),
    CHACHA20_IETF("chacha20-ietf", 32, Edition.STREAM),
    RC4_MD5("rc4-md5", 16, Edition.STREAM);

    private enum Edition {
      STREAM,
      AEAD,
      AEAD_2022
    }

    private final String text;
    private final int keyLength;
    private final Edition edition;

    Cipher(String text, int keyLength, Edition edition) {
      this.text = text;
      this.keyLength = keyLength;
      this.edition = edition;
    }

    /** Whether it hides without protecting. */
    public boolean isOld() {
      return edition == Edition.STREAM;
    }

    /** Whether the password is the key in Base64. */
    public boolean is2022() {
      return edition == Edition.AEAD_2022;
    }

    /** As links write it. */
    public String text() {
      return text;
    }

    /** Of keys and of salts, in bytes. */
    public int keyLength() {
      return keyLength;
    }
  }

  /** How VMess protects what it carries. */
  enum VmessCipher {
    AES_128_GCM,
    CHACHA20_POLY1305
  }
}
