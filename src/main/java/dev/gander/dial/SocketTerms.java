package dev.gander.dial;

import dev.gander.config.Binding;
import dev.gander.kernel.HomeNamespace;

/**
 * What sockets towards servers are made with.
 *
 * @param home the network namespace they are made in
 * @param binding the interface and addresses they go by
 * @param multipath whether TCP is Multipath TCP where the kernel has it
 * @param fastOpen whether first bytes leave with TCP's SYN where the server has been reached before
 */
public record SocketTerms(
    HomeNamespace home, SocketMark mark, Binding binding, boolean multipath, boolean fastOpen) {

  /** In the calling thread's namespace, with a mark, and all else as the kernel has it. */
  public static SocketTerms of(SocketMark mark) {
    return new SocketTerms(HomeNamespace.here(), mark, Binding.NONE, false, false);
  }

  public SocketTerms with(SocketMark other) {
    return new SocketTerms(home, other, binding, multipath, fastOpen);
  }

  public SocketTerms with(Binding other) {
    return new SocketTerms(home, mark, other, multipath, fastOpen);
  }
}
