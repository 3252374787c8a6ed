package dev.gander.proxy;

import dev.gander.clock.Clock;
import dev.gander.node.ProxyServer.Cipher;
import dev.gander.node.ProxyServer.Shadowsocks;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** The method of a server of Shadowsocks, by its cipher. */
final class ShadowsocksMethods {

  private ShadowsocksMethods() {}

  static ShadowsocksMethod of(Shadowsocks server, Clock clock, SecureRandom random) {
    if (server.cipher().is2022()) {
      Aead.Algorithm algorithm =
          server.cipher() == Cipher.BLAKE3_CHACHA20_POLY1305
              ? Aead.Algorithm.CHACHA20_POLY1305
              : Aead.Algorithm.AES_GCM;
      return new Shadowsocks2022(algorithm, keys(server), clock, random);
    }
    byte[] password = server.password().bytes();
    byte[] key = ShadowsocksKeys.ofPassword(password, server.cipher().keyLength());
    return switch (server.cipher()) {
      case AES_128_GCM, AES_192_GCM, AES_256_GCM ->
          new ShadowsocksAead(Aead.Algorithm.AES_GCM, key, random);
      case CHACHA20_IETF_POLY1305 ->
          new ShadowsocksAead(Aead.Algorithm.CHACHA20_POLY1305, key, random);
      case BLAKE3_AES_128_GCM, BLAKE3_AES_256_GCM, BLAKE3_CHACHA20_POLY1305 ->
          throw new AssertionError("it is of 2022");
      case AES_128_CTR, AES_192_CTR, AES_256_CTR ->
          new ShadowsocksOld(ShadowsocksOld.Algorithm.AES_CTR, key, random);
      case AES_128_CFB, AES_192_CFB, AES_256_CFB ->
          new ShadowsocksOld(ShadowsocksOld.Algorithm.AES_CFB, key, random);
      case CHACHA20_IETF -> new ShadowsocksOld(ShadowsocksOld.Algorithm.CHACHA20_IETF, key, random);
      case RC4_MD5 -> new ShadowsocksOld(ShadowsocksOld.Algorithm.RC4_MD5, key, random);
    };
  }

  /** Joined by colons (SIP023), the user's last. */
  private static List<byte[]> keys(Shadowsocks server) {
    String joined = new String(server.password().bytes(), StandardCharsets.US_ASCII);
    return Arrays.stream(joined.split(":", -1)).map(Base64.getDecoder()::decode).toList();
  }
}
