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
   */
  record Tls(String serverName, boolean verify, List<String> alpn) {}

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

  /** Shadowsocks, AEAD ciphers. */
  record Shadowsocks(String name, String host, int port, Cipher cipher, Secret password)
      implements ProxyServer {}

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

  /** A cipher of Shadowsocks. */
  enum Cipher {
    AES_128_GCM("aes-128-gcm", 16),
    AES_256_GCM("aes-256-gcm", 32),
    CHACHA20_IETF_POLY1305("chacha20-ietf-poly1305", 32);

    private final String text;
    private final int keyLength;

    Cipher(String text, int keyLength) {
      this.text = text;
      this.keyLength = keyLength;
    }

    /** As links write it. */
    public String text() {
      return text;
    }

    /** Of keys and of salts, in bytes. */
    int keyLength() {
      return keyLength;
    }
  }

  /** How VMess protects what it carries. */
  enum VmessCipher {
    AES_128_GCM,
    CHACHA20_POLY1305
  }
}
