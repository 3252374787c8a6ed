package dev.gander.intercept;

import dev.gander.kernel.BpfMap;
import dev.gander.kernel.BpfObject;
import dev.gander.kernel.Errno;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.Link;
import dev.gander.kernel.Netlink;
import dev.gander.kernel.PacketSocket;
import dev.gander.kernel.TcHook;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/** Frames that a socket of a process by any name sends out of lan0, by way of wan_egress. */
final class LocalSender implements AutoCloseable {

  /** Bytes of struct process. */
  private static final int PROCESS = 40;

  private static final int A_PROCESS = 7;

  private final BpfObject programs;
  private final BpfMap processes;
  private final TcHook hook;
  private final PacketSocket socket;

  /** In the calling thread's namespace, on the maps of {@code maps}. */
  LocalSender(BpfObject maps) throws IOException {
    try (InputStream in = LocalSender.class.getResourceAsStream("/bpf/wan.o");
        Netlink netlink = Netlink.open()) {
      programs =
          BpfObject.blueprint("wan", Objects.requireNonNull(in).readAllBytes())
              .readOnlyData(Shared.settings(1, 1, false, true, 0))
              .shareMaps(maps)
              .load();
      Link lan0 = netlink.link("lan0").orElseThrow();
      TcHook.Kind kind = Rig.KERNEL.tcx() ? TcHook.Kind.TCX : TcHook.Kind.CLSACT;
      hook =
          TcHook.attach(
              kind,
              netlink,
              programs.program("wan_egress"),
              "gander_test_egress",
              lan0.ifindex(),
              TcHook.Direction.EGRESS);
      socket = new PacketSocket(lan0.ifindex(), 1);
    }
    processes = maps.map("processes");
  }

  /** {@code process} may be empty: not known. What is dropped on the way is no failure. */
  void send(byte[] frame, String process) {
    byte[] key = Shared.u32(socket.fd());
    if (process.isEmpty()) {
      processes.delete(key);
    } else {
      byte[] name = Arrays.copyOf(process.getBytes(StandardCharsets.UTF_8), 15);
      processes.update(
          key,
          ByteBuffer.allocate(PROCESS)
              .order(ByteOrder.nativeOrder())
              .putInt(A_PROCESS)
              .put(Shared.PROCESS_NAME, name)
              .array());
    }
    try {
      socket.send(frame);
    } catch (KernelException e) {
      if (e.errno() != Errno.ENOBUFS) {
        throw e;
      }
    }
  }

  /** The descriptor of wan_egress. */
  int program() {
    return programs.program("wan_egress");
  }

  @Override
  public void close() {
    socket.close();
    hook.close();
    programs.close();
  }
}
