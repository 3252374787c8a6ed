package dev.gander.dial;

import dev.gander.config.Binding;

/**
 * What sockets towards servers are made with.
 *
 * @param binding the interface and addresses they go by
 * @param multipath whether TCP is Multipath TCP where the kernel has it
 * @param fastOpen whether first bytes leave with TCP's SYN where the server has been reached before
 */
public record SocketTerms(SocketMark mark, Binding binding, boolean multipath, boolean fastOpen) {

  /** A mark, and all else as the kernel has it. */
  public static SocketTerms of(SocketMark mark) {
    return new SocketTerms(mark, Binding.NONE, false, false);
  }

  public SocketTerms with(SocketMark other) {
    return new SocketTerms(other, binding, multipath, fastOpen);
  }

  public SocketTerms with(Binding other) {
    return new SocketTerms(mark, other, multipath, fastOpen);
  }
}
