package dev.gander.encrypted;

import dev.gander.clock.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What one HTTPS server has said of HTTP/3 (RFC 7838), and whether it held. Only the same host is
 * believed in: another would have to be looked up, and asked for by a name nobody wrote. Any
 * thread.
 */
final class AlternativeService {

  /** Until an offer that did not hold is tried again. */
  private static final Duration BROKEN_FOR = Duration.ofMinutes(1);

  /** RFC 7838 section 3.1, and no more than that: who comes back later is offered it again. */
  private static final long FRESH_SECONDS = TimeUnit.DAYS.toSeconds(1);

  /** One alternative: protocol, host, port, parameters. */
  private static final Pattern OFFER =
      Pattern.compile(
          "\\G[\\s,]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=\"([^\":]*|\\[[0-9a-fA-F:.]+\\]):([0-9]{1,5})\"((?:\\s*;[^,;\"]*(?:\"[^\"]*\"[^,;\"]*)?)*)");

  private static final Pattern MAX_AGE = Pattern.compile(";\\s*ma=\"?([0-9]{1,10})");

  private final String host;
  private final Clock clock;
  private String header = "";
  private int port;
  private long freshNanos;
  private long untilNanos;
  private long notBeforeNanos;
  private @Nullable Session lifted;
  private Runnable action = () -> {};

  /**
   * @param host as in the URL, an IPv6 address in brackets
   */
  AlternativeService(String host, Clock clock) {
    this.host = host;
    this.clock = clock;
    notBeforeNanos = clock.nanoTime();
  }

  /**
   * {@code action} is run, by whoever hears of it, when HTTP/3 is worth trying; it must not block.
   */
  synchronized void whenOffered(Runnable action) {
    this.action = action;
  }

  /** The field {@code Alt-Svc} of an answer, over HTTP/2 or 3; empty if it has none. */
  void heard(String value) {
    Runnable next;
    synchronized (this) {
      if (!value.isEmpty()) {
        if (!value.equals(header)) {
          parse(value);
        }
        untilNanos = clock.nanoTime() + freshNanos;
      }
      if (port() == 0 || (lifted != null && lifted.open())) {
        return;
      }
      lifted = null;
      // It is tried in a moment; the answers until then need not say it again.
      notBeforeNanos = clock.nanoTime() + BROKEN_FOR.toNanos();
      next = action;
    }
    next.run();
  }

  private void parse(String value) {
    header = value;
    port = 0;
    Matcher offer = OFFER.matcher(value);
    while (offer.find()) {
      String at = offer.group(2);
      int number = Integer.parseInt(offer.group(3));
      boolean ours = at.isEmpty() || at.equalsIgnoreCase(host);
      if (offer.group(1).equals("h3") && ours && number > 0 && number < 0x10000) {
        Matcher age = MAX_AGE.matcher(offer.group(4));
        long told = age.find() ? Long.parseLong(age.group(1)) : FRESH_SECONDS;
        freshNanos = TimeUnit.SECONDS.toNanos(Math.min(told, FRESH_SECONDS));
        port = number;
        return;
      }
    }
  }

  /** Where HTTP/3 is offered; 0 if it is not, or did not hold a moment ago. */
  synchronized int port() {
    long now = clock.nanoTime();
    return port != 0 && untilNanos - now > 0 && notBeforeNanos - now <= 0 ? port : 0;
  }

  /** Where it was offered when {@code action} was run; 0 if it has been taken back since. */
  synchronized int offeredPort() {
    return untilNanos - clock.nanoTime() > 0 ? port : 0;
  }

  /** It holds. */
  synchronized void held(Session session) {
    lifted = session;
    notBeforeNanos = clock.nanoTime();
  }

  /** It does not hold. */
  synchronized void failed() {
    notBeforeNanos = clock.nanoTime() + BROKEN_FOR.toNanos();
  }

  String host() {
    return host;
  }
}
