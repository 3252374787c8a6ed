package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.node.ProxyServer.VmessCipher;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** VMess on the wire, by the documents; that servers understand it is {@link V2rayPeersTest}'s. */
class VmessTest {

  private static final InetSocketAddress TARGET =
      new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 443);
  private static final byte[] USER = HexFormat.of().parseHex("b831381d63244d53ad4f8cda48b30811");
  private static final long NOW = 1_700_000_000;

  private final SecureRandom random = new SecureRandom();
  private final VmessSession session = new VmessSession(VmessCipher.AES_128_GCM, random);

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** The values are those of v2fly's own test, and of Python's hmac and hashlib. */
  @Test
  void keysAreDerivedAsDocumented() {
    byte[] derived =
        VmessKeys.derive(
            ascii("Demo Key for KDF Value Test"),
            ascii("Demo Path for KDF Value Test"),
            ascii("Demo Path for KDF Value Test2"),
            ascii("Demo Path for KDF Value Test3"));
    assertThat(HexFormat.of().formatHex(derived))
        .isEqualTo("53e9d7e1bd7bd25022b71ead07d8a596efc8a845c7888652fd684b4903dc8892");
    assertThat(HexFormat.of().formatHex(VmessKeys.ofUser(USER)))
        .isEqualTo("b50d916ac0cec067981af8e5f38a758f");
    assertThat(VmessRequest.fnv1a(ascii("foobar"), 6)).isEqualTo(0xbf9cf968);
  }

  /** What a server makes of a request. */
  private byte[] opened(byte[] request) throws Exception {
    byte[] key = VmessKeys.ofUser(USER);
    byte[] who = Arrays.copyOf(request, 16);
    Cipher block = Cipher.getInstance("AES/ECB/NoPadding");
    byte[] blockKey = VmessKeys.derive(key, ascii("AES Auth ID Encryption"));
    block.init(Cipher.DECRYPT_MODE, new SecretKeySpec(blockKey, 0, 16, "AES"));
    ByteBuffer plain = ByteBuffer.wrap(block.doFinal(who));
    CRC32 checksum = new CRC32();
    checksum.update(plain.array(), 0, 12);
    assertThat(plain.getLong(0)).isEqualTo(NOW);
    assertThat(plain.getInt(12)).isEqualTo((int) checksum.getValue());
    byte[] nonce = Arrays.copyOfRange(request, 34, 42);
    byte[] length = part(key, "_Length", who, nonce, request, 16, 18);
    int expected = ByteBuffer.wrap(length).getShort();
    assertThat(request).hasSize(42 + expected + 16);
    return part(key, "", who, nonce, request, 42, expected + 16);
  }

  private static byte[] part(
      byte[] key, String part, byte[] who, byte[] nonce, byte[] from, int offset, int length)
      throws Exception {
    return VmessKeys.gcm(
        Cipher.DECRYPT_MODE,
        VmessKeys.derive(key, ascii("VMess Header AEAD Key" + part), who, nonce),
        VmessKeys.derive(key, ascii("VMess Header AEAD Nonce" + part), who, nonce),
        who,
        from,
        offset,
        length);
  }

  private byte[] request(VmessSession of) throws Exception {
    VmessRequest request =
        new VmessRequest(of, VmessRequest.Command.UDP, V2rayAddress.of(TARGET), random);
    ByteBuf sealed = request.sealed(UnpooledByteBufAllocator.DEFAULT, VmessKeys.ofUser(USER), NOW);
    byte[] bytes = ByteBufUtil.getBytes(sealed);
    sealed.release();
    return bytes;
  }

  @Test
  void aRequestSaysWhoWhenAndWhereTo() throws Exception {
    byte[] command = opened(request(session));
    assertThat(command[0]).isEqualTo((byte) 1);
    assertThat(Arrays.copyOfRange(command, 1, 17)).isEqualTo(session.nonce());
    assertThat(Arrays.copyOfRange(command, 17, 33)).isEqualTo(session.key());
    assertThat(command[33]).isEqualTo(session.token());
    assertThat(command[34]).isEqualTo((byte) 0x0d);
    assertThat(command[35] & 0x0f).isEqualTo(3);
    assertThat(command[37]).isEqualTo((byte) 2);
    assertThat(Arrays.copyOfRange(command, 38, 45))
        .isEqualTo(new byte[] {1, (byte) 0xbb, 1, (byte) 192, 0, 2, 1});
    int padding = (command[35] & 0xf0) >> 4;
    assertThat(command).hasSize(45 + padding + 4);
    assertThat(ByteBuffer.wrap(command).getInt(command.length - 4))
        .isEqualTo(VmessRequest.fnv1a(command, command.length - 4));
  }

  /** A server keeps the first 16 bytes of each request for two minutes, and refuses a second. */
  @Test
  void noTwoRequestsAreAlike() throws Exception {
    Set<String> first = new HashSet<>();
    Set<String> keys = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      VmessSession one = new VmessSession(VmessCipher.AES_128_GCM, random);
      byte[] sent = request(one);
      first.add(HexFormat.of().formatHex(sent, 0, 16));
      first.add(HexFormat.of().formatHex(sent, 34, 42));
      keys.add(HexFormat.of().formatHex(one.key()));
      keys.add(HexFormat.of().formatHex(one.nonce()));
    }
    assertThat(first).hasSize(2_000);
    assertThat(keys).hasSize(2_000);
  }

  /** A server of one direction: opens each chunk with the nonce that its number makes. */
  private byte[] received(ByteBuf wire, int firstNumber) throws Exception {
    Shake128 mask = new Shake128(session.nonce());
    ByteBuf all = Unpooled.buffer();
    for (int number = firstNumber; wire.isReadable(); number++) {
      int padding = mask.nextShort() % 64;
      int length = wire.readUnsignedShort() ^ mask.nextShort();
      assertThat(length).isLessThanOrEqualTo(1 << 14);
      byte[] nonce = Arrays.copyOf(session.nonce(), 12);
      nonce[0] = (byte) (number >> 8);
      nonce[1] = (byte) number;
      byte[] sealed = new byte[length - padding];
      wire.readBytes(sealed).skipBytes(padding);
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(
          Cipher.DECRYPT_MODE,
          new SecretKeySpec(session.key(), "AES"),
          new GCMParameterSpec(128, nonce));
      all.writeBytes(cipher.doFinal(sealed));
    }
    return ByteBufUtil.getBytes(all);
  }

  @Test
  void longDataIsCutIntoChunksEachWithItsOwnNonce() throws Exception {
    byte[] data = new byte[100_000];
    random.nextBytes(data);
    EmbeddedChannel channel = new EmbeddedChannel(new VmessSealer(session, random, false));
    channel.writeOutbound(Unpooled.copiedBuffer(data));
    ByteBuf wire = channel.readOutbound();
    assertThat(received(wire, 0)).isEqualTo(data);
    wire.release();
    channel.finishAndReleaseAll();
  }

  @Test
  void aNonceComesAgainOnlyInsideOfTls() {
    EmbeddedChannel bare = new EmbeddedChannel(new VmessSealer(session, random, false));
    EmbeddedChannel inTls = new EmbeddedChannel(new VmessSealer(session, random, true));
    for (EmbeddedChannel channel : List.of(bare, inTls)) {
      for (int i = 0; i < 1 << 16; i++) {
        channel.writeOutbound(Unpooled.wrappedBuffer(new byte[] {1}));
        channel.<ByteBuf>readOutbound().release();
      }
    }
    inTls.writeOutbound(Unpooled.wrappedBuffer(new byte[] {1}));
    assertThat(inTls.<ByteBuf>readOutbound().release()).isTrue();
    assertThatThrownBy(() -> bare.writeOutbound(Unpooled.wrappedBuffer(new byte[] {1})))
        .hasMessageContaining("VMess numbers 65,536 chunks of a connection");
    assertThat(bare.<ByteBuf>readOutbound()).isNull();
  }

  @Test
  void aDatagramThatNeedsTwoChunksIsRefused() {
    EmbeddedChannel channel = new EmbeddedChannel(new ChunkDatagrams(TARGET));
    channel.writeOutbound(
        new DatagramPacket(Unpooled.wrappedBuffer(new byte[VmessSealer.PAYLOAD]), TARGET));
    assertThat(channel.<ByteBuf>readOutbound().readableBytes()).isEqualTo(VmessSealer.PAYLOAD);
    assertThatThrownBy(() ->
            channel.writeOutbound(
                new DatagramPacket(
                    Unpooled.wrappedBuffer(new byte[VmessSealer.PAYLOAD + 1]), TARGET)))
        .hasMessageContaining("too long");
    channel.finishAndReleaseAll();
  }

  @ParameterizedTest
  @EnumSource
  void anAnswerIsOpenedHoweverItIsCut(VmessCipher cipher) {
    VmessSession both = new VmessSession(cipher, random);
    byte[] data = new byte[5_000];
    random.nextBytes(data);
    byte[] wire = VmessAnswers.of(both, random, data, new byte[0]);
    for (int piece : new int[] {1, 7, 1_000, wire.length}) {
      EmbeddedChannel channel = new EmbeddedChannel(new VmessOpener(both));
      for (int at = 0; at < wire.length; at += piece) {
        channel.writeInbound(Unpooled.copiedBuffer(wire, at, Math.min(piece, wire.length - at)));
      }
      ByteBuf got = channel.readInbound();
      assertThat(ByteBufUtil.getBytes(got)).isEqualTo(data);
      got.release();
      assertThat(channel.isOpen()).as("an empty chunk is the end").isFalse();
    }
  }

  @Test
  void anAnswerToAnotherRequestIsRefused() {
    byte[] wire = VmessAnswers.of(session, random, new byte[] {1});
    EmbeddedChannel other =
        new EmbeddedChannel(new VmessOpener(new VmessSession(VmessCipher.AES_128_GCM, random)));
    assertThatThrownBy(() -> other.writeInbound(Unpooled.wrappedBuffer(wire)))
        .hasMessageContaining("the head of its answer is not sealed as VMess has it");
  }
}
