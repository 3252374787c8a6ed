package dev.gander.intercept;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A query that the kernel has answered, as {@code struct sample} of src/main/bpf/shared.h tells it.
 *
 * @param nanos when, by the monotonic clock
 * @param ifindex of the interface it came in by
 * @param mac of the sender, 48 bits; 0 if unknown
 * @param vlan id of 12 bits; 0 if untagged
 * @param pid the process of this machine that asked; 0 for other machines
 * @param process its name, empty for other machines
 * @param uid its user; -1 for other machines
 * @param cgroupId the number of its control group; 0 for other machines
 * @param cgroup its path; empty for other machines
 * @param type see {@code RecordType}
 * @param how the counter that counted it, such as {@code kernel_fresh}
 * @param name on the wire, as the client spelled it
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, never compared
public record AnsweredQuery(
    long nanos,
    InetAddress client,
    int port,
    InetAddress asked,
    int ifindex,
    long mac,
    int vlan,
    int dscp,
    int pid,
    String process,
    int uid,
    long cgroupId,
    String cgroup,
    int type,
    String how,
    byte[] name) {

  private static final Counter[] COUNTERS = Counter.values();

  static AnsweredQuery read(ByteBuffer sample, GroupPaths groups) {
    byte[] name = new byte[sample.get(Shared.SAMPLE_NAME_LENGTH) & 0xff];
    sample.get(Shared.SAMPLE_NAME, name);
    byte[] process = new byte[Shared.PROCESS_NAME];
    sample.get(Shared.SAMPLE_PROCESS, process);
    byte[] mac = new byte[Long.BYTES];
    sample.get(Shared.SAMPLE_MAC, mac, 2, 6);
    int pid = sample.getInt(Shared.SAMPLE_PID);
    long group = sample.getLong(Shared.SAMPLE_CGROUP);
    byte[] port = new byte[2];
    sample.get(Shared.SAMPLE_PORT, port);
    return new AnsweredQuery(
        sample.getLong(Shared.SAMPLE_TIME),
        address(sample, Shared.SAMPLE_CLIENT),
        (port[0] & 0xff) << 8 | (port[1] & 0xff),
        address(sample, Shared.SAMPLE_ASKED),
        sample.getInt(Shared.SAMPLE_IFINDEX),
        ByteBuffer.wrap(mac).getLong(),
        sample.getShort(Shared.SAMPLE_VLAN) & 0xffff,
        sample.get(Shared.SAMPLE_DSCP),
        pid,
        Shared.processName(process, 0),
        pid == 0 ? -1 : sample.getInt(Shared.SAMPLE_UID),
        group,
        groups.of(group),
        sample.getShort(Shared.SAMPLE_TYPE) & 0xffff,
        COUNTERS[sample.getShort(Shared.SAMPLE_OUTCOME) & 0xffff].text(),
        name);
  }

  /** Java makes IPv4 of a mapped address. */
  private static InetAddress address(ByteBuffer sample, int at) {
    byte[] bytes = new byte[Shared.ADDRESS_SIZE];
    sample.get(at, bytes);
    try {
      return InetAddress.getByAddress(Arrays.copyOf(bytes, bytes.length));
    } catch (UnknownHostException e) {
      throw new AssertionError("16 bytes are an address", e);
    }
  }
}
