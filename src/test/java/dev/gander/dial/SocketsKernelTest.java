package dev.gander.dial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Clock;
import dev.gander.config.Binding;
import dev.gander.kernel.HomeNamespace;
import dev.gander.kernel.Lab;
import dev.gander.observe.Counters;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sockets as the kernel sees them. The dialer's namespace is the lab's client; tests are not. */
@Tag("kernel")
@Timeout(60)
class SocketsKernelTest {

  private final List<Dialer> dialers = new ArrayList<>();
  private Lab lab;
  private ServerSocket server;
  private DatagramSocket datagrams;

  @BeforeEach
  void start() throws Exception {
    lab = new Lab('p', 'q');
    Lab.ip("-n " + lab.client().name() + " addr add 10.53.0.9/24 dev eth0");
    server = listener();
    datagrams = lab.router().call(() -> new DatagramSocket(new InetSocketAddress("10.53.0.1", 0)));
  }

  @AfterEach
  void stop() throws Exception {
    dialers.forEach(Dialer::close);
    server.close();
    datagrams.close();
    lab.close();
  }

  private ServerSocket listener() throws Exception {
    return lab.router().call(() -> new ServerSocket(0, 8, InetAddress.ofLiteral("10.53.0.1")));
  }

  private Dialer dialer(boolean multipath, boolean fastOpen) throws Exception {
    Dialer dialer =
        lab.client()
            .call(() ->
                new Dialer(
                    new SocketTerms(
                        HomeNamespace.here(), SocketMark.none(), Binding.NONE, multipath, fastOpen),
                    Clock.system(),
                    Thread.ofPlatform().daemon().factory(),
                    new SecureRandom(),
                    new Counters()));
    dialers.add(dialer);
    return dialer;
  }

  private InetSocketAddress server() {
    return (InetSocketAddress) server.getLocalSocketAddress();
  }

  private static long soon() {
    return Clock.system().nanoTime() + TimeUnit.SECONDS.toNanos(30);
  }

  /** Whence the server sees a connection come that carries a byte both ways. */
  private String source(Dialer dialer, boolean channels) throws Exception {
    if (!channels) {
      try (TcpConnection connection = dialer.connect(server(), soon())) {
        connection.write(new byte[] {7}, 0, 1, soon());
        try (Socket peer = server.accept()) {
          peer.getOutputStream().write(peer.getInputStream().read());
          byte[] back = new byte[1];
          connection.read(back, 0, 1, soon());
          assertThat(back[0]).isEqualTo((byte) 7);
          return peer.getInetAddress().getHostAddress();
        }
      }
    }
    CompletableFuture<Byte> back = new CompletableFuture<>();
    Channel channel =
        dialer.exit().connect(server(), new FirstByte(back)).get(30, TimeUnit.SECONDS);
    var _ = channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {7}));
    try (Socket peer = server.accept()) {
      peer.getOutputStream().write(peer.getInputStream().read());
      assertThat(back.get(30, TimeUnit.SECONDS)).isEqualTo((byte) 7);
      return peer.getInetAddress().getHostAddress();
    } finally {
      channel.close().sync();
    }
  }

  private static final class FirstByte extends ChannelInboundHandlerAdapter {

    private final CompletableFuture<Byte> first;

    FirstByte(CompletableFuture<Byte> first) {
      this.first = first;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf bytes = message instanceof DatagramPacket it ? it.content() : (ByteBuf) message;
      first.complete(bytes.readByte());
      bytes.release();
    }
  }

  @Test
  void theyAreMadeInTheDialersNamespaceWhateverThreadAsks() throws Exception {
    Dialer dialer = dialer(false, false);
    assertThat(source(dialer, false)).isEqualTo("10.53.0.2");
    assertThat(source(dialer, true)).isEqualTo("10.53.0.2");
    assertThat(sourceOfDatagrams(dialer)).isEqualTo("10.53.0.2");
  }

  private String sourceOfDatagrams(Dialer dialer) throws Exception {
    InetSocketAddress to = (InetSocketAddress) datagrams.getLocalSocketAddress();
    CompletableFuture<Byte> back = new CompletableFuture<>();
    Channel channel = dialer.exit().datagrams(to, new FirstByte(back)).get(30, TimeUnit.SECONDS);
    var _ = channel.writeAndFlush(new DatagramPacket(Unpooled.wrappedBuffer(new byte[] {7}), to));
    java.net.DatagramPacket packet = new java.net.DatagramPacket(new byte[9], 9);
    datagrams.receive(packet);
    datagrams.send(packet);
    assertThat(back.get(30, TimeUnit.SECONDS)).isEqualTo((byte) 7);
    channel.close().sync();
    return packet.getAddress().getHostAddress();
  }

  @Test
  void theyComeFromTheAddressAndGoByTheInterfaceTheyAreBoundTo() throws Exception {
    Dialer dialer = dialer(false, false);
    Binding nine = new Binding(Optional.of("eth0"), List.of(InetAddress.ofLiteral("10.53.0.9")));
    Dialer bound = dialer.boundTo(nine);
    assertThat(bound).isSameAs(dialer.boundTo(nine)).isNotSameAs(dialer);
    assertThat(source(bound, false)).isEqualTo("10.53.0.9");
    assertThat(source(bound, true)).isEqualTo("10.53.0.9");
    assertThat(sourceOfDatagrams(bound)).isEqualTo("10.53.0.9");

    Dialer loopback = dialer.boundTo(new Binding(Optional.of("lo"), List.of()));
    // Nobody is there: by its own route the server would answer at once.
    long moment = Clock.system().nanoTime() + TimeUnit.MILLISECONDS.toNanos(300);
    assertThatThrownBy(() -> loopback.connect(server(), moment))
        .hasMessageContaining("did not answer by TCP in time");
    Dialer nowhere = dialer.boundTo(new Binding(Optional.of("nosuch0"), List.of()));
    for (boolean channels : List.of(false, true)) {
      assertThatThrownBy(() -> source(nowhere, channels))
          .hasMessageContaining("bind to interface nosuch0")
          .hasMessageContaining("No such device");
    }
    Dialer stranger =
        dialer.boundTo(new Binding(Optional.empty(), List.of(InetAddress.ofLiteral("192.0.2.9"))));
    assertThatThrownBy(() -> source(stranger, true)).hasMessageContaining("bind TCP 192.0.2.9");
  }

  @Test
  void multipathTcpIsAskedForWhereTheKernelHasIt() throws Exception {
    Dialer dialer = dialer(true, false);
    for (boolean channels : List.of(false, true)) {
      long before = counted("MPCapableSYNTX");
      assertThat(source(dialer, channels)).isEqualTo("10.53.0.2");
      assertThat(counted("MPCapableSYNTX")).isEqualTo(before + 1);
    }
    inClient("sysctl -qw net.mptcp.enabled=0");
    long before = counted("MPCapableSYNTX");
    assertThat(source(dialer, false)).isEqualTo("10.53.0.2");
    assertThat(source(dialer, true)).isEqualTo("10.53.0.2");
    assertThat(counted("MPCapableSYNTX")).isEqualTo(before);
  }

  @Test
  void firstBytesLeaveWithTheSynWhereTheServerIsKnown() throws Exception {
    // The router takes them for every listener.
    lab.inRouter("sysctl -qw net.ipv4.tcp_fastopen=1027");
    server.close();
    server = listener();
    Dialer dialer = dialer(false, true);
    assertThat(source(dialer, false)).as("brings the cookie").isEqualTo("10.53.0.2");
    for (boolean channels : List.of(false, true)) {
      long before = counted("TCPFastOpenActive");
      assertThat(source(dialer, channels)).isEqualTo("10.53.0.2");
      assertThat(counted("TCPFastOpenActive")).isEqualTo(before + 1);
    }
  }

  private String inClient(String command) throws IOException {
    return Lab.run("nsenter --net=/run/netns/" + lab.client().name() + " " + command);
  }

  /** A counter of the client's kernel. */
  private long counted(String name) throws IOException {
    List<String> lines = inClient("cat /proc/net/netstat").lines().toList();
    for (int i = 0; i + 1 < lines.size(); i += 2) {
      List<String> names = Arrays.asList(lines.get(i).split(" ", -1));
      if (names.contains(name)) {
        return Long.parseLong(lines.get(i + 1).split(" ", -1)[names.indexOf(name)]);
      }
    }
    throw new AssertionError("no counter " + name);
  }
}
