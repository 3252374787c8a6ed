package dev.gander.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@code global { … }}, with dae's keys and gander's own. */
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
    String tlsFragmentLength,
    String tlsFragmentInterval,
    int pprofPort,
    int httpPort,
    boolean mptcp,
    List<String> bootstrapResolvers,
    String fallbackResolver,
    long bandwidthMaxTxBytesPerSecond,
    long bandwidthMaxRxBytesPerSecond,
    Duration udpHopInterval,
    int bpfConnStateMapSize,
    OnExit onExit,
    Duration keepFor,
    DnsLeak dnsLeak,
    boolean hijackLocalDns,
    BlockWith blockWith,
    String httpListen,
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

  public enum BlockWith {
    REJECT,
    DROP
  }
}
