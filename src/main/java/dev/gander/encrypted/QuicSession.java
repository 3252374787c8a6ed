package dev.gander.encrypted;

import io.netty.channel.Channel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;

/** Questions on streams of QUIC. */
abstract class QuicSession extends StreamSession {

  private final QuicChannel connection;
  private final QuicPath.Signals signals;
  private final int giveUpCode;

  /**
   * @param giveUpCode the error code for a question that nobody waits for any more
   */
  QuicSession(QuicPath.Connected connected, String server, int giveUpCode) {
    super(connected.channel(), connected.handshake(), server);
    connection = connected.channel();
    signals = connected.signals();
    this.giveUpCode = giveUpCode;
  }

  final QuicChannel connection() {
    return connection;
  }

  @Override
  void watch() {
    signals.moreStreams = this::next;
    var _ =
        connection
            .closeFuture()
            .addListener(done -> {
              if (!signals.text.isEmpty()) {
                because(signals.text);
              } else if (connection.isTimedOut()) {
                because("the connection to " + server() + " was idle");
              }
            });
    super.watch();
  }

  @Override
  final SessionException gone() {
    SessionException refusal = signals.refusal;
    return refusal == null ? super.gone() : refusal;
  }

  @Override
  final boolean mayStart() {
    return connection.peerAllowedStreams(QuicStreamType.BIDIRECTIONAL) > 0;
  }

  @Override
  final void leave(Channel stream) {
    if (stream instanceof QuicStreamChannel quic) {
      var _ = quic.shutdown(giveUpCode);
    }
  }
}
