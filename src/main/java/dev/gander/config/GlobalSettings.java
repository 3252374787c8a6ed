package dev.gander.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code global { … }}, with dae's keys and gander's own.
 *
 * @param soMark what marks gander's own packets; 0x100 where the file says nothing or 0
 * @param logLevel {@code error}, {@code warn}, {@code info}, {@code debug} or {@code trace}
 * @param tcpCheckUrl a URL, then literal addresses of its host
 * @param udpCheckDns a host with a port, then literal addresses of that host
 * @param wanInterfaces names, patterns, or {@code auto}
 * @param dialMode {@code ip}, {@code domain}, {@code domain+} or {@code domain++}
 * @param tlsFragmentLength bytes
 * @param tlsFragmentInterval milliseconds
 * @param pprofPort 0 for off, as {@code httpPort}
 * @param binding {@code bind_interface} and {@code bind_address}
 * @param bindingByMark of what leaves with a mark of {@code routing}, in place of {@code binding}
 * @param bootstrapResolvers literal addresses; they resolve the names of upstreams and servers
 * @param dnsLeakDoh servers whose port 443 counts as DNS, too
 * @param queryLog a file; empty for none
 * @param logSample one query of so many is logged
 */
public record GlobalSettings(
    int tproxyPort,
    boolean tproxyPortProtect,
    int soMark,
    String logLevel,
    List<String> tcpCheckUrl,
    String tcpCheckHttpMethod,
    List<String> udpCheckDns,
    Duration checkInterval,
    Duration checkTolerance,
    List<String> lanInterfaces,
    List<String> wanInterfaces,
    boolean allowInsecure,
    String dialMode,
    boolean disableWaitingNetwork,
    boolean disableThp,
    boolean autoConfigKernelParameter,
    Duration sniffingTimeout,
    String tlsImplementation,
    String utlsImitate,
    boolean tlsFragment,
    Range tlsFragmentLength,
    Range tlsFragmentInterval,
    int pprofPort,
    int httpPort,
    boolean mptcp,
    boolean tcpFastOpen,
    Binding binding,
    Map<Integer, Binding> bindingByMark,
    List<InetSocketAddress> bootstrapResolvers,
    InetSocketAddress fallbackResolver,
    long bandwidthMaxTxBytesPerSecond,
    long bandwidthMaxRxBytesPerSecond,
    Duration udpHopInterval,
    int bpfConnStateMapSize,
    OnExit onExit,
    Duration keepFor,
    DnsLeak dnsLeak,
    List<InetAddress> dnsLeakDoh,
    boolean hijackLocalDns,
    BlockWith blockWith,
    Optional<InetSocketAddress> httpListen,
    Optional<String> httpToken,
    String queryLog,
    int logSample) {

  /** What the kernel does once the process is gone. */
  public enum OnExit {
    OPEN,
    KEEP
  }

  /** What happens to port-53 packets that slip by the rules. */
  public enum DnsLeak {
    COUNT,
    BLOCK,
    OFF
  }

  /** Whole numbers from {@code least} to {@code most}, both included. */
  public record Range(int least, int most) {}

  public enum BlockWith {
    REJECT,
    DROP
  }
}
