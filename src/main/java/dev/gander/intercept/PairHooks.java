package dev.gander.intercept;

import dev.gander.kernel.BpfObject;
import dev.gander.kernel.Netlink;
import dev.gander.kernel.TcHook;
import java.util.ArrayDeque;
import java.util.Deque;

/** The programs on both ends of the pair. */
final class PairHooks implements AutoCloseable {

  private final Netlink host;
  private final Daens daens;
  private final BpfObject object;
  private final TcHook.Kind kind;
  private final Deque<TcHook> hooks = new ArrayDeque<>();

  /** None before {@link #attach}. */
  PairHooks(Netlink host, Daens daens, BpfObject object, TcHook.Kind kind) {
    this.host = host;
    this.daens = daens;
    this.object = object;
    this.kind = kind;
  }

  /** On the pair as it is now, by a thread of the host's namespace. */
  void attach() {
    close();
    int far = daens.farIfindex();
    daens
        .namespace()
        .run(() -> {
          attach(daens.inside(), "dae0peer_ingress", far);
          attach(daens.inside(), "dae0peer_egress", far);
        });
    attach(host, "dae0_ingress", daens.nearIfindex());
  }

  private void attach(Netlink speaker, String program, int ifindex) {
    TcHook.Direction direction =
        program.endsWith("_egress") ? TcHook.Direction.EGRESS : TcHook.Direction.INGRESS;
    hooks.push(TcHook.attach(kind, speaker, object.program(program), program, ifindex, direction));
  }

  @Override
  public void close() {
    while (!hooks.isEmpty()) {
      hooks.pop().close();
    }
  }
}
