package dev.gander.proxy;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Published vectors. */
class ShadowsocksKeysTest {

  private static final HexFormat HEX = HexFormat.of();

  /** From the test of the first shadowsocks-go. */
  @Test
  void passwordsBecomeKeysAsOpensslMakesThem() {
    byte[] password = "foobar".getBytes(US_ASCII);
    assertThat(HEX.formatHex(ShadowsocksKeys.ofPassword(password, 32)))
        .isEqualTo("3858f62230ac3c915f300c664312c63f568378529614d22ddb49237d2f60bfdf");
    assertThat(HEX.formatHex(ShadowsocksKeys.ofPassword(password, 16)))
        .isEqualTo("3858f62230ac3c915f300c664312c63f");
  }

  /** draft-irtf-cfrg-xchacha-03, section 2.2.1. */
  @Test
  void hChaCha20() {
    byte[] key = HEX.parseHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    byte[] nonce = HEX.parseHex("000000090000004a0000000031415927");
    assertThat(HEX.formatHex(HChaCha20.subkey(key, nonce)))
        .isEqualTo("82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc");
  }

  /** BLAKE3's own test vector of no input. */
  @Test
  void anIdentityIsTheBeginningOfAHash() {
    assertThat(HEX.formatHex(ShadowsocksKeys.identity(new byte[0])))
        .isEqualTo("af1349b9f5f9a1a6a0404dea36dcc949");
  }

  /** RFC 5869, A.4. */
  @Test
  void hkdf() {
    byte[] okm =
        ShadowsocksKeys.hkdfSha1(
            HEX.parseHex("0b0b0b0b0b0b0b0b0b0b0b"),
            HEX.parseHex("000102030405060708090a0b0c"),
            HEX.parseHex("f0f1f2f3f4f5f6f7f8f9"),
            42);
    assertThat(HEX.formatHex(okm))
        .isEqualTo(
            "085a01ea1b10f36933068b56efa5ad81a4f14b822f5b091568a9cdd4f155fda2c22e422478d305f3f896");
  }
}
