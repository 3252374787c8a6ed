package dev.gander.kernel;

import java.lang.foreign.MemorySegment;

/** bpf(2): its commands, and one way to call them. */
final class Bpf {

  static final int MAP_CREATE = 0;
  static final int MAP_LOOKUP_ELEM = 1;
  static final int MAP_UPDATE_ELEM = 2;
  static final int MAP_DELETE_ELEM = 3;
  static final int MAP_GET_NEXT_KEY = 4;
  static final int OBJ_PIN = 6;
  static final int OBJ_GET = 7;
  static final int PROG_TEST_RUN = 10;
  static final int PROG_GET_FD_BY_ID = 13;
  static final int OBJ_GET_INFO_BY_FD = 15;
  static final int PROG_QUERY = 16;
  static final int LINK_CREATE = 28;
  static final int LINK_UPDATE = 29;

  /** enum bpf_attach_type; those of {@link CgroupHook} are there. */
  static final int TCX_INGRESS = 46;

  static final int TCX_EGRESS = 47;

  /** Bytes of union bpf_attr that any command here reads; the rest is zero, as the kernel asks. */
  static final long ATTR_SIZE = 128;

  private Bpf() {}

  /** The raw result, or the negated errno. */
  static long call(int command, MemorySegment attr) {
    return Libc.syscall(SystemCall.BPF, command, attr.address(), attr.byteSize(), 0, 0, 0);
  }
}
