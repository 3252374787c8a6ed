package dev.gander.listen;

import dev.gander.controller.QueryController;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.EdnsOptions;
import dev.gander.message.Query;
import dev.gander.message.QueryView;
import dev.gander.message.Rcode;
import dev.gander.message.Transport;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * From one message to its reply, whatever connection carries them. What needs no waiting is
 * answered on the calling thread, all else on a virtual one. Any thread.
 */
public final class Desk {

  /** To give where no idle time is told. */
  public static final int NO_KEEPALIVE = -1;

  /** The reply to a message that nobody answers. */
  private static final byte[] NOTHING = {};

  /** RFC 8467 section 4.1: replies are padded to a multiple of this. */
  private static final int BLOCK = 468;

  private static final System.Logger LOG = System.getLogger("dev.gander.listen");

  private final Supplier<QueryController> controllers;
  private final int before;
  private final ReplyBuffers buffers = new ReplyBuffers();
  private final ThreadLocal<QueryView> views = ThreadLocal.withInitial(QueryView::new);

  /** What the client asked to have beside the answer. */
  private record Extras(boolean padding, int keepalive) {}

  /**
   * @param framed whether replies have their length before them, in two bytes (RFC 7766 section 8,
   *     RFC 9250 section 4.2)
   */
  public Desk(Supplier<QueryController> controllers, boolean framed) {
    this.controllers = controllers;
    before = framed ? 2 : 0;
  }

  /**
   * Has the message answered.
   *
   * @param client does not change any more
   * @param keepalive tenths of a second the connection may be idle, told to who asks for it (RFC
   *     7828); or {@link #NO_KEEPALIVE}
   * @param to gets the reply, once; an empty one if nobody is to be answered
   */
  public void ask(byte[] message, Client client, int keepalive, Consumer<byte[]> to) {
    QueryView view = views.get();
    view.parse(message, 0, message.length);
    QueryController controller = controllers.get();
    // RFC 7830 section 6: padding hides nothing where everybody may read.
    boolean padding = view.paddingAsked() && client.transport() != Transport.TCP;
    Extras extras = new Extras(padding, view.keepaliveAsked() ? keepalive : NO_KEEPALIVE);
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

  private byte[] finished(byte[] out, int without, Extras extras) {
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
    byte[] reply = new byte[before + length];
    if (before > 0) {
      reply[0] = (byte) (length >>> 8);
      reply[1] = (byte) length;
    }
    System.arraycopy(out, 0, reply, before, length);
    return reply;
  }
}
