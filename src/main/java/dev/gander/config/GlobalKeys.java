package dev.gander.config;

import static dev.gander.config.Key.later;
import static dev.gander.config.Key.now;
import static dev.gander.config.ValueReader.list;
import static dev.gander.config.ValueReader.one;

import dev.gander.config.GlobalSettings.BlockWith;
import dev.gander.config.GlobalSettings.DnsLeak;
import dev.gander.config.GlobalSettings.OnExit;
import dev.gander.config.GlobalSettings.Range;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The keys of {@code global}: the one place of their defaults and of what has an effect today. */
final class GlobalKeys {

  static final Key<Integer> TPROXY_PORT = now("tproxy_port", "12345", one(Readers::port));
  static final Key<Boolean> TPROXY_PORT_PROTECT =
      later("tproxy_port_protect", "true", one(Readers::yesOrNo));
  static final Key<Long> SO_MARK_FROM_DAE = now("so_mark_from_dae", "0", one(Readers::mark));
  static final Key<String> LOG_LEVEL = now("log_level", "info", one(Readers::logLevel));
  static final Key<List<String>> TCP_CHECK_URL =
      now(
          "tcp_check_url",
          "http://cp.cloudflare.com,1.1.1.1,2606:4700:4700::1111",
          Readers.checkUrl());
  static final Key<String> TCP_CHECK_HTTP_METHOD =
      now("tcp_check_http_method", "HEAD", one(Readers::httpMethod));
  static final Key<List<String>> UDP_CHECK_DNS =
      now("udp_check_dns", "dns.google:53,8.8.8.8,2001:4860:4860::8888", Readers.checkDns());
  static final Key<Duration> CHECK_INTERVAL =
      now("check_interval", "30s", one(Quantities::positiveDuration));
  static final Key<Duration> CHECK_TOLERANCE =
      now("check_tolerance", "0", one(Quantities::duration));
  static final Key<List<String>> LAN_INTERFACE =
      now("lan_interface", "", list(Readers::networkInterface));
  static final Key<List<String>> WAN_INTERFACE =
      now("wan_interface", "", list(Readers::networkInterface));
  static final Key<Boolean> ALLOW_INSECURE =
      now("allow_insecure", "false", one(Readers::allowInsecure));
  static final Key<String> DIAL_MODE =
      later("dial_mode", "domain", one(Readers.word("ip", "domain", "domain+", "domain++")));
  static final Key<Boolean> DISABLE_WAITING_NETWORK =
      now("disable_waiting_network", "false", one(Readers::yesOrNo));
  static final Key<Boolean> DISABLE_THP = later("disable_thp", "true", one(Readers::yesOrNo));
  static final Key<Boolean> AUTO_CONFIG_KERNEL_PARAMETER =
      now("auto_config_kernel_parameter", "false", one(Readers::yesOrNo));
  static final Key<Duration> SNIFFING_TIMEOUT =
      later("sniffing_timeout", "30ms", one(Quantities::duration));
  static final Key<String> TLS_IMPLEMENTATION =
      now("tls_implementation", "tls", one(Readers::tlsImplementation));
  static final Key<String> UTLS_IMITATE =
      now("utls_imitate", "chrome_auto", one(Readers::utlsImitate));
  static final Key<Boolean> TLS_FRAGMENT = now("tls_fragment", "false", one(Readers::yesOrNo));
  static final Key<Range> TLS_FRAGMENT_LENGTH =
      now("tls_fragment_length", "50-100", one(Readers.range(1, 16_384)));
  static final Key<Range> TLS_FRAGMENT_INTERVAL =
      now("tls_fragment_interval", "10-20", one(Readers.range(0, 1_000)));
  static final Key<Integer> PPROF_PORT = later("pprof_port", "0", one(Readers::portOrOff));
  static final Key<Integer> HTTP_PORT = later("http_port", "0", one(Readers::portOrOff));
  static final Key<Boolean> MPTCP = now("mptcp", "false", one(Readers::yesOrNo));
  static final Key<List<InetSocketAddress>> BOOTSTRAP_RESOLVER =
      now(
          "bootstrap_resolver",
          "119.29.29.29:53,223.5.5.5:53",
          list((value, problems) -> Addresses.endpoint(value, 53)));
  static final Key<InetSocketAddress> FALLBACK_RESOLVER =
      later(
          "fallback_resolver",
          "8.8.8.8:53",
          one((value, problems) -> Addresses.endpoint(value, 53)));
  static final Key<Long> BANDWIDTH_MAX_TX =
      later("bandwidth_max_tx", "0", one(Quantities::bandwidth));
  static final Key<Long> BANDWIDTH_MAX_RX =
      later("bandwidth_max_rx", "0", one(Quantities::bandwidth));
  static final Key<Duration> UDPHOP_INTERVAL =
      later("udphop_interval", "30s", one(Quantities::duration));
  static final Key<Integer> BPF_CONN_STATE_MAP_SIZE =
      now("bpf_conn_state_map_size", "262144", one(Readers.number(1, 1 << 28)));

  // gander's own
  static final Key<OnExit> ON_EXIT = now("on_exit", "open", one(Readers.word(OnExit.class)));
  static final Key<Duration> KEEP_FOR = now("keep_for", "1h", one(Quantities::duration));
  static final Key<DnsLeak> DNS_LEAK = now("dns_leak", "count", one(Readers.word(DnsLeak.class)));
  static final Key<List<InetAddress>> DNS_LEAK_DOH =
      now("dns_leak_doh", "", list((value, problems) -> Addresses.address(value)));
  static final Key<Boolean> HIJACK_LOCAL_DNS =
      now("hijack_local_dns", "false", one(Readers::yesOrNo));
  static final Key<BlockWith> BLOCK_WITH =
      now("block_with", "reject", one(Readers.word(BlockWith.class)));
  static final Key<Optional<InetSocketAddress>> HTTP_LISTEN =
      later(
          "http_listen",
          "",
          one((value, problems) ->
              value.text().isEmpty()
                  ? Optional.empty()
                  : Optional.of(Addresses.endpoint(value, -1))));
  static final Key<Optional<String>> HTTP_TOKEN =
      later("http_token", "", one(Readers::textOrNothing));
  static final Key<String> QUERY_LOG = now("query_log", "", one(Readers::text));
  static final Key<Integer> LOG_SAMPLE =
      now("log_sample", "1", one(Readers.number(1, Integer.MAX_VALUE)));

  static final Key<Boolean> TCP_FAST_OPEN = now("tcp_fast_open", "false", one(Readers::yesOrNo));
  static final Key<Optional<String>> BIND_INTERFACE =
      now("bind_interface", "", one(Bindings::device));
  static final Key<List<InetAddress>> BIND_ADDRESS = now("bind_address", "", Bindings.addresses());

  static final Key<Map<Integer, Binding>> BIND_BY_MARK = now("bind_by_mark", "", Bindings.byMark());

  // dae had these once
  static final Key<Boolean> ENABLE_LOCAL_TCP_FAST_REDIRECT =
      Key.of("enable_local_tcp_fast_redirect", "false", one(Readers::yesOrNo), Key.Effect.NEVER);
  static final Key<Boolean> AUTO_CONFIG_FIREWALL_RULE =
      Key.of("auto_config_firewall_rule", "false", one(Readers::yesOrNo), Key.Effect.NEVER);

  static final Map<String, Key<?>> ALL =
      Key.table(
          TPROXY_PORT,
          TPROXY_PORT_PROTECT,
          SO_MARK_FROM_DAE,
          LOG_LEVEL,
          TCP_CHECK_URL,
          TCP_CHECK_HTTP_METHOD,
          UDP_CHECK_DNS,
          CHECK_INTERVAL,
          CHECK_TOLERANCE,
          LAN_INTERFACE,
          WAN_INTERFACE,
          ALLOW_INSECURE,
          DIAL_MODE,
          DISABLE_WAITING_NETWORK,
          DISABLE_THP,
          AUTO_CONFIG_KERNEL_PARAMETER,
          SNIFFING_TIMEOUT,
          TLS_IMPLEMENTATION,
          UTLS_IMITATE,
          TLS_FRAGMENT,
          TLS_FRAGMENT_LENGTH,
          TLS_FRAGMENT_INTERVAL,
          PPROF_PORT,
          HTTP_PORT,
          MPTCP,
          BOOTSTRAP_RESOLVER,
          FALLBACK_RESOLVER,
          BANDWIDTH_MAX_TX,
          BANDWIDTH_MAX_RX,
          UDPHOP_INTERVAL,
          BPF_CONN_STATE_MAP_SIZE,
          ON_EXIT,
          KEEP_FOR,
          DNS_LEAK,
          DNS_LEAK_DOH,
          HIJACK_LOCAL_DNS,
          BLOCK_WITH,
          HTTP_LISTEN,
          HTTP_TOKEN,
          QUERY_LOG,
          LOG_SAMPLE,
          TCP_FAST_OPEN,
          BIND_INTERFACE,
          BIND_ADDRESS,
          BIND_BY_MARK,
          ENABLE_LOCAL_TCP_FAST_REDIRECT,
          AUTO_CONFIG_FIREWALL_RULE);

  /** What marks gander's own packets where {@code so_mark_from_dae} says nothing. */
  static final int INTERNAL_MARK = 0x100;

  private GlobalKeys() {}

  static GlobalSettings settings(Values values) {
    long mark = values.get(SO_MARK_FROM_DAE);
    return new GlobalSettings(
        values.get(TPROXY_PORT),
        values.get(TPROXY_PORT_PROTECT),
        mark == 0 ? INTERNAL_MARK : (int) mark,
        values.get(LOG_LEVEL),
        values.get(TCP_CHECK_URL),
        values.get(TCP_CHECK_HTTP_METHOD),
        values.get(UDP_CHECK_DNS),
        values.get(CHECK_INTERVAL),
        values.get(CHECK_TOLERANCE),
        values.get(LAN_INTERFACE),
        values.get(WAN_INTERFACE),
        values.get(ALLOW_INSECURE),
        values.get(DIAL_MODE),
        values.get(DISABLE_WAITING_NETWORK),
        values.get(DISABLE_THP),
        values.get(AUTO_CONFIG_KERNEL_PARAMETER),
        values.get(SNIFFING_TIMEOUT),
        values.get(TLS_IMPLEMENTATION),
        values.get(UTLS_IMITATE),
        values.get(TLS_FRAGMENT),
        values.get(TLS_FRAGMENT_LENGTH),
        values.get(TLS_FRAGMENT_INTERVAL),
        values.get(PPROF_PORT),
        values.get(HTTP_PORT),
        values.get(MPTCP),
        values.get(TCP_FAST_OPEN),
        new Binding(values.get(BIND_INTERFACE), values.get(BIND_ADDRESS)),
        values.get(BIND_BY_MARK),
        values.get(BOOTSTRAP_RESOLVER),
        values.get(FALLBACK_RESOLVER),
        values.get(BANDWIDTH_MAX_TX),
        values.get(BANDWIDTH_MAX_RX),
        values.get(UDPHOP_INTERVAL),
        values.get(BPF_CONN_STATE_MAP_SIZE),
        values.get(ON_EXIT),
        values.get(KEEP_FOR),
        values.get(DNS_LEAK),
        values.get(DNS_LEAK_DOH),
        values.get(HIJACK_LOCAL_DNS),
        values.get(BLOCK_WITH),
        values.get(HTTP_LISTEN),
        values.get(HTTP_TOKEN),
        values.get(QUERY_LOG),
        values.get(LOG_SAMPLE));
  }
}
