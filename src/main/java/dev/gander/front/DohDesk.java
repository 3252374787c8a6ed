package dev.gander.front;

import dev.gander.front.DohRequest.RefusedException;
import dev.gander.listen.Desk;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.Future;
import java.util.function.Consumer;

/** From the requests of one connection to their responses, whatever version of HTTP it speaks. */
final class DohDesk {

  private final Guest guest;
  private final Desk desk;
  private final Counters counters;
  private final AsciiString path;

  /**
   * @param path where DNS is
   */
  DohDesk(Guest guest, DoorParts parts, String path) {
    this.guest = guest;
    this.desk = parts.desk();
    this.counters = parts.counters();
    this.path = AsciiString.of(path);
  }

  Guest guest() {
    return guest;
  }

  Counters counters() {
    return counters;
  }

  /**
   * Has a whole request answered. On the event loop.
   *
   * @param to gets the response, once: at once and on the event loop, or later and elsewhere
   */
  void serve(DohRequest request, Consumer<DohResponse> to) {
    guest.asked();
    byte[] message;
    try {
      message = request.message(path);
    } catch (RefusedException e) {
      to.accept(refused(e));
      return;
    }
    desk.ask(message, guest.client(), Desk.NO_KEEPALIVE, reply -> to.accept(response(reply)));
  }

  /** Refuses a request before it is whole. */
  DohResponse refuse(HttpResponseStatus status, String why) {
    guest.asked();
    return refused(new RefusedException(status, why));
  }

  /** To a request whose body is longer than any message. */
  DohResponse tooLong() {
    return refuse(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "no DNS message is so long");
  }

  private DohResponse response(byte[] reply) {
    if (reply.length == 0) {
      return refused(new RefusedException(HttpResponseStatus.BAD_REQUEST, "this is no DNS query"));
    }
    guest.answered();
    return DohResponse.reply(reply);
  }

  private DohResponse refused(RefusedException why) {
    guest.answered();
    counters.add(Counter.DOOR_REQUESTS_REFUSED);
    return DohResponse.refusal(why);
  }

  /** A response has left, or could not. */
  void written(Future<?> done) {
    if (done.isSuccess()) {
      guest.sent();
    } else {
      counters.add(Counter.REPLIES_NOT_SENT);
    }
  }
}
