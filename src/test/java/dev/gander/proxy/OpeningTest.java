package dev.gander.proxy;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Clock;
import dev.gander.node.ProxyLinks;
import dev.gander.node.ProxyServer;
import dev.gander.proxy.ScriptedProxy.Step;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said with proxies, byte by byte, with servers that keep to a script. */
class OpeningTest extends PeersCase {

  private static final InetSocketAddress TARGET =
      new InetSocketAddress(InetAddress.ofLiteral("192.0.2.7"), 853);
  private static final String SOCKS5_STANDS = "05 00 00 01 00 00 00 00 00 00";

  private Exit through(String link, ScriptedProxy proxy) throws Exception {
    return through(
        ProxyLinks.parse(link.replace("PROXY", "127.0.0.1:" + proxy.port())),
        dialer.exit(),
        host -> CompletableFuture.failedFuture(new AssertionError(host)),
        new ProxyTls(Optional.empty()));
  }

  /** Notes when it is active and what it reads. */
  private static final class Reader extends ChannelInboundHandlerAdapter {

    private final StringBuilder text = new StringBuilder();
    private final CompletableFuture<String> all = new CompletableFuture<>();
    private final int length;

    Reader(int length) {
      this.length = length;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      text.append("active ");
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf bytes = (ByteBuf) message;
      text.append(bytes.toString(US_ASCII));
      bytes.release();
      if (text.length() >= length) {
        all.complete(text.toString());
      }
    }
  }

  @Test
  void whatComesBehindTheReplyReachesTheHandlers() throws Exception {
    String http = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\nA: b\r\n\r\nfirst words";
    try (ScriptedProxy socks5 =
            new ScriptedProxy(Step.of(3, "05 00"), Step.of(10, SOCKS5_STANDS + " 66 69 72 73 74"));
        ScriptedProxy socks4 =
            new ScriptedProxy(Step.of(9, "00 5a 00 00 00 00 00 00 66 69 72 73 74"));
        ScriptedProxy connect = new ScriptedProxy(new Step(10, http))) {
      for (Exit exit :
          new Exit[] {
            through("socks5://PROXY", socks5),
            through("socks4://PROXY", socks4),
            through("http://PROXY", connect)
          }) {
        Reader reader = new Reader("active first".length());
        Channel channel = exit.connect(TARGET, reader).get(30, TimeUnit.SECONDS);
        assertThat(reader.all.get(30, TimeUnit.SECONDS)).startsWith("active first");
        channel.close().sync();
      }
    }
  }

  @Test
  void socks5SaysUserPasswordAndName() throws Exception {
    try (ScriptedProxy proxy =
        new ScriptedProxy(Step.of(4, "05 02"), Step.of(8, "01 00"), Step.of(18, SOCKS5_STANDS))) {
      InetSocketAddress name = InetSocketAddress.createUnresolved("dns.example", 853);
      through("socks5://us:pas@PROXY", proxy)
          .connect(name, new Reader(1))
          .get(30, TimeUnit.SECONDS)
          .close()
          .sync();
      assertThat(proxy.heard.take()).isEqualTo(new byte[] {5, 2, 0, 2});
      assertThat(proxy.heard.take()).isEqualTo("\u0001\u0002us\u0003pas".getBytes(US_ASCII));
      assertThat(new String(proxy.heard.take(), US_ASCII))
          .isEqualTo("\u0005\u0001\u0000\u0003\u000bdns.example\u0003U");
    }
  }

  @Test
  void socks4aSaysUserAndName() throws Exception {
    try (ScriptedProxy proxy = new ScriptedProxy(Step.of(22, "00 5a 00 00 00 00 00 00"))) {
      InetSocketAddress name = InetSocketAddress.createUnresolved("dns.example", 853);
      through("socks4a://u@PROXY", proxy)
          .connect(name, new Reader(1))
          .get(30, TimeUnit.SECONDS)
          .close()
          .sync();
      assertThat(new String(proxy.heard.take(), US_ASCII))
          .isEqualTo("\u0004\u0001\u0003U\0\0\0\u0001u\0dns.example\0");
    }
  }

  @Test
  void httpSaysItsLoginInBase64() throws Exception {
    String expected =
        String.join(
            "\r\n",
            "CONNECT 192.0.2.7:853 HTTP/1.1",
            "Host: 192.0.2.7:853",
            "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
            "",
            "");
    String stands = "HTTP/1.1 200\n\n";
    try (ScriptedProxy proxy = new ScriptedProxy(new Step(expected.length(), stands))) {
      through("http://Aladdin:open%20sesame@PROXY", proxy)
          .connect(TARGET, new Reader(1))
          .get(30, TimeUnit.SECONDS)
          .close()
          .sync();
      assertThat(new String(proxy.heard.take(), US_ASCII)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          socks5://PROXY | 48 54 | it does not speak SOCKS 5: its answer begins with byte 72
          socks5://PROXY | 05 ff | it demands a login: write socks5://USER:PASSWORD@HOST:PORT
          socks5://PROXY | 05 07 | it chose the login method 7, which was not offered
          socks5://PROXY | 05 00 05 02 | its rules do not allow it
          socks5://PROXY | 05 00 05 2a | reply code 42
          socks5://PROXY | 05 00 05 00 00 09 00 | an address has the unknown type 9
          socks5://a:hidden@PROXY | 05 02 01 01 | it refused user and password
          socks5://a:hidden@PROXY | 05 ff | it takes neither user and password nor no login at all
          socks4://PROXY | 05 00 | it does not speak SOCKS 4: its answer begins with byte 5
          socks4://PROXY | 00 5b | it rejected the request, or failed
          http://PROXY | 05 ff 0d 0a 0d 0a | it does not speak HTTP/1.1: its answer begins otherwise
          http://PROXY | 48 54 54 50 2f 31 2e 31 20 34 30 33 20 4e 1b 6f 0d 0a 0d 0a | it answered 403 N o
          http://PROXY | 48 54 54 50 2f 31 2e 31 20 34 30 37 20 4e 6f 0d 0a 0d 0a | it demands a login (407): write http://USER:PASSWORD@HOST:PORT
          """)
  void aRefusalNamesProxyTargetAndReason(String link, String answer, String reason)
      throws Exception {
    try (ScriptedProxy proxy = new ScriptedProxy(Step.of(1, answer))) {
      String scheme = link.substring(0, link.indexOf(':'));
      assertThat(failure(through(link, proxy).connect(TARGET, new Reader(1))))
          .endsWith(
              scheme + "://127.0.0.1:" + proxy.port() + " does not reach 192.0.2.7:853: " + reason)
          .doesNotContain("hidden");
    }
  }

  @Test
  void aHeadWithoutEndIsBounded() throws Exception {
    String head = ("HTTP/1.1 200 OK\r\nA: " + "b".repeat(40_000));
    try (ScriptedProxy proxy = new ScriptedProxy(new Step(1, head))) {
      assertThat(failure(through("http://PROXY", proxy).connect(TARGET, new Reader(1))))
          .contains("the head of its answer exceeds 16384 bytes");
    }
  }

  @Test
  void aServerThatSaysNothingIsGivenUp() throws Exception {
    try (ScriptedProxy proxy = new ScriptedProxy(Step.of(1, ""))) {
      ProxyServer server = ProxyLinks.parse("socks5://127.0.0.1:" + proxy.port());
      Hop hop =
          new Hop(
              server,
              dialer.exit(),
              host -> CompletableFuture.failedFuture(new AssertionError(host)),
              Carrier.TCP,
              Clock.system(),
              Duration.ofMillis(50));
      String told = failure(new Socks5Exit(hop, Optional.empty()).connect(TARGET, new Reader(1)));
      assertThat(told).contains("does not reach 192.0.2.7:853: it said nothing for 0 s");
    }
  }

  @Test
  void cancellingClosesTheConnectionToTheProxy() throws Exception {
    try (ScriptedProxy proxy = new ScriptedProxy(Step.of(3, ""), Step.of(1, ""))) {
      CompletableFuture<Channel> connecting =
          through("socks5://PROXY", proxy).connect(TARGET, new Reader(1));
      assertThat(proxy.heard.poll(30, TimeUnit.SECONDS)).hasSize(3);
      connecting.cancel(false);
      // The second step reads until the connection ends.
      assertThat(proxy.heard.poll(30, TimeUnit.SECONDS)).isEmpty();
      assertThatThrownBy(connecting::join).isInstanceOf(CancellationException.class);
    }
  }

  @Test
  void anOddNameNeverBecomesARequest() throws Exception {
    InetSocketAddress odd = InetSocketAddress.createUnresolved("a\r\nb", 1);
    try (ScriptedProxy proxy = new ScriptedProxy()) {
      ChannelHandler reader = new Reader(1);
      assertThat(failure(through("http://PROXY", proxy).connect(odd, reader)))
          .contains("this is no name of a host");
    }
  }
}
