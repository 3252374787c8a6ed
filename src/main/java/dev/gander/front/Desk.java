package dev.gander.front;

import dev.gander.controller.QueryController;
import dev.gander.listen.ReplyBuffers;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.EdnsOptions;
import dev.gander.message.Query;
import dev.gander.message.QueryView;
import dev.gander.message.Rcode;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * From one message to its reply, whatever carries them. What needs no waiting is answered on the
 * calling thread, all else on a virtual one.
 */
final class Desk {

  /** To give where no idle time is told. */
  static final int NO_KEEPALIVE = -1;

  /** The reply to a message that nobody answers. */
  private static final byte[] NOTHING = {};

  /** RFC 8467 section 4.1: replies are padded to a multiple of this. */
  private static final int BLOCK = 468;

  private static final System.Logger LOG = System.getLogger("dev.gander.front");

  private final Supplier<QueryController> controllers;
  private final ReplyBuffers buffers = new ReplyBuffers();
  private final ThreadLocal<QueryView> views = ThreadLocal.withInitial(QueryView::new);

  /** What the client asked to have beside the answer. */
  private record Extras(boolean padding, int keepalive) {}

  Desk(Supplier<QueryController> controllers) {
    this.controllers = controllers;
  }

  /**
   * Has the message answered.
   *
   * @param keepalive tenths of a second the connection may be idle, told to who asks for it (RFC
   *     7828); or {@link #NO_KEEPALIVE}
   * @param to gets the reply, once; an empty one if nobody is to be answered
   */
  void ask(byte[] message, Client client, int keepalive, Consumer<byte[]> to) {
    QueryView view = views.get();
    view.parse(message, 0, message.length);
    QueryController controller = controllers.get();
    Extras extras = new Extras(view.paddingAsked(), view.keepaliveAsked() ? keepalive : -1);
    byte[] out = buffers.take();
    int length = answerNow(controller, view, client, out);
    byte[] reply = length > 0 ? finished(out, length, extras) : NOTHING;
    buffers.giveBack(out);
    if (length == QueryController.ASK) {
      QueryController.Pending pending = controller.pending(view, client);
      Thread.ofVirtual()
          .name("gander-query")
          .start(() ->
              controller.answer(
                  pending, answer -> to.accept(written(pending.query(), answer, extras))));
    } else {
      to.accept(reply);
    }
  }

  private static int answerNow(
      QueryController controller, QueryView view, Client client, byte[] out) {
    try {
      return controller.answerNow(view, client, out);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "bug: no answer to a query of " + client, e);
      return view.writeStatus(Rcode.SERVFAIL, out);
    }
  }

  private byte[] written(Query query, Answer answer, Extras extras) {
    byte[] out = buffers.take();
    byte[] reply = finished(out, answer.writeTo(query, out), extras);
    buffers.giveBack(out);
    return reply;
  }

  private static byte[] finished(byte[] out, int without, Extras extras) {
    int length = without;
    if (extras.keepalive() >= 0) {
      byte[] tenths = {(byte) (extras.keepalive() >>> 8), (byte) extras.keepalive()};
      length = EdnsOptions.append(out, length, EdnsOptions.TCP_KEEPALIVE, tenths);
    }
    if (extras.padding()) {
      int over = (length + 4) % BLOCK;
      byte[] padding = new byte[over == 0 ? 0 : BLOCK - over];
      length = EdnsOptions.append(out, length, EdnsOptions.PADDING, padding);
    }
    return Arrays.copyOf(out, length);
  }
}
