package dev.gander.listen;

import dev.gander.clock.Clock;
import dev.gander.config.Endpoint;
import dev.gander.controller.QueryController;
import dev.gander.kernel.DatagramBatch;
import dev.gander.kernel.IpFamily;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.UdpSocket;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.Query;
import dev.gander.message.QueryView;
import dev.gander.message.Rcode;
import dev.gander.message.Request;
import dev.gander.message.Transport;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import dev.gander.respond.Responder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Queries by UDP. One platform thread blocks in recvmmsg(2), answers at once what needs no waiting
 * and sends all of that by one sendmmsg(2); each other query has a virtual thread, which sends its
 * own reply.
 *
 * <p>The controller is asked for anew with each batch: a reload needs nothing from a listener.
 */
public final class UdpListener implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("dev.gander.listen");

  private static final int BATCH = 64;

  /** The longest query received whole; longer ones do not parse and get FORMERR. */
  private static final int MAX_QUERY = 4096;

  private static final int RECEIVE_BUFFER = 4 << 20;
  private static final int CLOSING = 1 << 30;
  private static final Duration AFTER_FAILURE = Duration.ofMillis(100);

  private final UdpSocket socket;
  private final InetSocketAddress address;
  private final boolean intercepted;
  private final Responder responder;
  private final IdentitySource identities;
  private final Supplier<QueryController> controllers;
  private final Counters counters;
  private final Clock clock;
  private final DatagramBatch batch;
  private final Responder.Batch replies;
  private final byte[] in = new byte[MAX_QUERY];
  private final byte[] out = new byte[Request.MAX_UDP_ANSWER];
  private final QueryView view = new QueryView();
  private final Client client = new Client();

  /** Queries whose virtual thread has not sent its reply yet, and whether this is closing. */
  private final AtomicInteger waiting = new AtomicInteger();

  private @Nullable Thread reader;
  private long droppedBefore;

  private UdpListener(
      UdpSocket socket,
      boolean intercepted,
      Responder responder,
      IdentitySource identities,
      Supplier<QueryController> controllers,
      Counters counters,
      Clock clock) {
    this.socket = socket;
    this.address = socket.localAddress();
    this.intercepted = intercepted;
    this.responder = responder;
    this.identities = identities;
    this.controllers = controllers;
    this.counters = counters;
    this.clock = clock;
    batch = new DatagramBatch(socket.family(), BATCH, MAX_QUERY);
    replies = responder.batch(socket.family(), BATCH);
    client.setTransport(Transport.UDP);
    client.setIntercepted(intercepted);
  }

  /**
   * A listener of {@code dns.bind}; takes no query before {@link #start}.
   *
   * @param address its port may be 0, for any free one; {@code ::} is every address of both
   *     families
   * @throws KernelException with EADDRINUSE, EADDRNOTAVAIL or EACCES
   */
  public static UdpListener bind(
      InetSocketAddress address,
      Supplier<QueryController> controllers,
      Counters counters,
      Clock clock) {
    EnumSet<UdpSocket.Option> options =
        EnumSet.of(
            UdpSocket.Option.PACKET_INFO,
            UdpSocket.Option.RECEIVE_TRAFFIC_CLASS,
            UdpSocket.Option.IGNORE_PATH_MTU);
    UdpSocket socket = open(IpFamily.of(address.getAddress()), options, address);
    Responder responder = Responder.over(socket);
    return new UdpListener(
        socket, false, responder, IdentitySource.NONE, controllers, counters, clock);
  }

  /**
   * A listener for queries the datapath hands over; takes none before {@link #start}. Call it on a
   * thread of the namespace where they arrive.
   *
   * @param port it is bound to, for people to see; the datapath finds the socket by {@link #fd}
   * @param responder sends the replies; stays its owner's, who closes it after this
   * @throws KernelException if the kernel refuses; EAFNOSUPPORT if there is no such family
   */
  public static UdpListener intercepted(
      IpFamily family,
      int port,
      Responder responder,
      IdentitySource identities,
      Supplier<QueryController> controllers,
      Counters counters,
      Clock clock) {
    EnumSet<UdpSocket.Option> options =
        EnumSet.of(
            UdpSocket.Option.TRANSPARENT,
            UdpSocket.Option.IPV6_ONLY,
            UdpSocket.Option.ORIGINAL_DESTINATION,
            UdpSocket.Option.PACKET_INFO,
            UdpSocket.Option.RECEIVE_MARK,
            UdpSocket.Option.RECEIVE_TRAFFIC_CLASS);
    InetAddress any = InetAddress.ofLiteral(family == IpFamily.IPV4 ? "0.0.0.0" : "::");
    UdpSocket socket = open(family, options, new InetSocketAddress(any, port));
    return new UdpListener(socket, true, responder, identities, controllers, counters, clock);
  }

  private static UdpSocket open(
      IpFamily family, EnumSet<UdpSocket.Option> options, InetSocketAddress address) {
    UdpSocket socket = UdpSocket.open(family, options);
    try {
      socket.receiveBuffer(RECEIVE_BUFFER);
      socket.bind(address);
      return socket;
    } catch (KernelException e) {
      socket.close();
      throw e;
    }
  }

  /** The address and port it is bound to. */
  public InetSocketAddress address() {
    return address;
  }

  /** The socket's descriptor, for the datapath; this listener's until {@link #close}. */
  public int fd() {
    return socket.fd();
  }

  /** Counts as {@link Counter#NOT_READ} what the kernel has dropped since the last call. */
  public synchronized void countDropped() {
    long dropped = socket.dropped();
    if (dropped > droppedBefore) {
      counters.add(Counter.NOT_READ, dropped - droppedBefore);
      droppedBefore = dropped;
    }
  }

  /** Begins to take queries. Once. */
  public void start() {
    Thread thread =
        Thread.ofPlatform()
            .name("gander-udp-" + address.getPort() + "-" + socket.family())
            .daemon()
            .unstarted(this::run);
    reader = thread;
    thread.start();
  }

  private void run() {
    int got = 0;
    while (got >= 0) {
      got = receive();
      if (got > 0) {
        serve(got, controllers.get());
      }
    }
  }

  private int receive() {
    try {
      return socket.receive(batch, true);
    } catch (KernelException e) {
      LOG.log(System.Logger.Level.ERROR, "cannot receive queries on " + Endpoint.text(address), e);
      return pause() ? 0 : -1;
    }
  }

  /** False if interrupted. */
  private boolean pause() {
    try {
      clock.sleep(AFTER_FAILURE);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void serve(int count, QueryController controller) {
    for (int i = 0; i < count; i++) {
      int length = batch.copyPayload(i, in, 0);
      if (batch.truncated(i)) {
        counters.add(Counter.LISTEN_TRUNCATED);
      }
      view.parse(in, 0, length);
      identify(i);
      answer(batch.interfaceIndex(i), controller);
    }
    int failed = replies.send();
    if (failed > 0) {
      counters.add(Counter.REPLIES_NOT_SENT, failed);
    }
  }

  private void identify(int i) {
    client.clearIdentity();
    client.setSource(batch.sourceHigh(i), batch.sourceLow(i), batch.sourcePort(i));
    int port = batch.destinationPort(i);
    client.setAsked(
        batch.destinationHigh(i), batch.destinationLow(i), port == 0 ? address.getPort() : port);
    client.setDscp(batch.trafficClass(i) >>> 2);
    if (!intercepted) {
      client.setIfindex(batch.interfaceIndex(i));
    }
    identities.identify(batch.mark(i), client);
  }

  private void answer(int interfaceIndex, QueryController controller) {
    int length;
    try {
      length = controller.answerNow(view, client, out);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "bug: no answer to a query of " + client, e);
      length = view.writeStatus(Rcode.SERVFAIL, out);
    }
    if (length > 0) {
      replies.add(client, interfaceIndex, out, length);
    } else if (length == QueryController.ASK) {
      QueryController.Pending pending = controller.pending(view, client);
      waiting.incrementAndGet();
      Thread.startVirtualThread(() ->
          controller.answer(pending, answer -> reply(pending.query(), answer, interfaceIndex)));
    }
  }

  /** On a virtual thread. */
  private void reply(Query query, Answer answer, int interfaceIndex) {
    try {
      byte[] reply = new byte[query.answerLimit()];
      int length = answer.writeTo(query, reply);
      if (responder.send(query.client(), interfaceIndex, reply, length) != 0) {
        counters.add(Counter.REPLIES_NOT_SENT);
      }
    } finally {
      if (waiting.decrementAndGet() == CLOSING) {
        socket.close();
      }
    }
  }

  /** Queries taken whose reply has not been sent yet. */
  public int underWay() {
    return waiting.get() & ~CLOSING;
  }

  /**
   * Takes no more queries and returns once the reader has ended; queries under way still get their
   * reply, and the last of them closes the socket.
   */
  @Override
  public void close() {
    socket.stopReceiving();
    Threads.join(reader);
    countDropped();
    if (waiting.getAndUpdate(count -> count | CLOSING) == 0) {
      socket.close();
    }
  }
}
