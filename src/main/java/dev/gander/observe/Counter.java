package dev.gander.observe;

import java.util.Locale;

/**
 * Everything gander counts. The first group balances: {@link #RECEIVED} = all {@code ANSWERED_*} +
 * all {@code REFUSED_*} + all {@code DROPPED_*} + what is still under way.
 */
public enum Counter {
  /** Messages clients sent, whatever they were. */
  RECEIVED,
  /** From the cache, on the thread that read the query. */
  ANSWERED_FROM_CACHE,
  /** From the cache, after its end, marked as stale (RFC 8767). */
  ANSWERED_STALE,
  /** With a name of hosts, or one that is for no public server. */
  ANSWERED_LOCALLY,
  /** With nothing, because the name has addresses of the IP version that is preferred. */
  ANSWERED_BY_PREFERENCE,
  /**
   * By a {@code reject} rule or {@code rebind_protection}, before or after an upstream was asked.
   */
  ANSWERED_BY_RULE,
  /** With what an upstream said, itself or shared by a flight; SERVFAIL it said too. */
  ANSWERED_FROM_UPSTREAM,
  /** SERVFAIL made here: no upstream answered in time, or none could be asked. */
  ANSWERED_FAILURE,
  /** FORMERR, NOTIMP or BADVERS: no query that can be decided. */
  ANSWERED_MALFORMED,
  /** More queries under way than the bound. */
  REFUSED_OVERLOAD,
  /** RD was clear and the cache had nothing. */
  REFUSED_NO_RECURSION,
  /** More queries than {@code client_rate_limit} lets this client ask: REFUSED, or TC. */
  REFUSED_RATE_LIMIT,
  /** Zone transfers. */
  REFUSED_TRANSFER,
  /** Under 12 bytes. */
  DROPPED_TOO_SHORT,
  /** A response where a query belongs. */
  DROPPED_RESPONSE,

  /** Lost by the kernel before they were received: they came faster than they were read. */
  NOT_READ,
  /** Answers withheld because they hold private addresses ({@code rebind_protection}). */
  REBINDS_BLOCKED,
  /** Clients forgotten by {@code client_rate_limit} before their time: more than it can tell. */
  RATE_LIMIT_CROWDED,

  /** Questions taken upstream. */
  FLIGHTS_STARTED,
  /** Queries that joined a flight another had started. */
  FLIGHTS_JOINED,
  /** Queries whose budget ended before their flight did. */
  FLIGHTS_OUTWAITED,
  /** Stale answers asked for again behind the client's back. */
  REFRESHES,
  /** Popular answers asked for again in the last tenth of their TTL. */
  PREFETCHES,
  /** Those that were not, because their budget was used up. */
  PREFETCHES_OVER_BUDGET,
  /** Refreshes and prefetches that were not begun, because too many were under way. */
  REFRESHES_OVER_BOUND,
  /** Refreshes and prefetches that brought no answer; what was there stays. */
  REFRESHES_FAILED,
  /** Answers taken from a NXDOMAIN for the same name or one above it (RFC 8020). */
  NXDOMAIN_CUTS,

  /** Questions sent to an upstream by UDP for the first time. */
  UPSTREAM_UDP_SENT,
  /** Questions sent again because no answer had come. */
  UPSTREAM_UDP_RETRANSMITS,
  /**
   * Questions that UDP brought no answer to, or one in other letters, and that TCP was tried for.
   */
  UPSTREAM_UDP_SILENT,
  /** Questions asked again without OPT: the server did not like it. */
  UPSTREAM_WITHOUT_EDNS,
  /** Answers such as SERVFAIL after which another address of the upstream was asked. */
  UPSTREAM_UNHELPFUL,
  /** Questions taken to an upstream by TCP. */
  UPSTREAM_TCP_ASKED,
  /** Questions taken to an upstream by TLS, HTTPS or QUIC. */
  UPSTREAM_ENCRYPTED_ASKED,
  /** Times an upstream began to be asked by an encrypted way that it designates ({@code ddr}). */
  UPSTREAM_UPGRADES,
  /** Times one was asked plainly again: what it designated had ended, and there was no other. */
  UPSTREAM_DOWNGRADES,
  /** Connections to upstreams that were begun, TCP, TLS or QUIC. */
  UPSTREAM_CONNECTIONS,
  /** Questions asked on a second connection: the first had ended, or was slow. */
  UPSTREAM_ASKED_AGAIN,
  /** Members of a group asked because another was slow, or to see how they do. */
  UPSTREAM_HEDGES,
  /** Hedges whose answer came first. */
  UPSTREAM_HEDGES_WON,
  /** Questions to a slow member that went without a hedge: their 10 % were spent. */
  UPSTREAM_HEDGES_REFUSED,
  /** Members of a group asked because another had failed or was silent. */
  UPSTREAM_FAILOVERS,
  /** Questions that were not asked, because an upstream had too many to answer. */
  UPSTREAM_CROWDED,
  /** Upstreams found dead or suspect. */
  UPSTREAM_BREAKERS_OPENED,
  /** Questions of gander's own to upstreams whose breaker is open. */
  UPSTREAM_PROBES,
  /** Questions that failed at once, for the upstream or all of its group are dead. */
  UPSTREAM_FAILED_FAST,
  /** Messages from an upstream that answer no question that waits there: late, doubled, forged. */
  UPSTREAM_STRAYS,

  /** Health checks of nodes that were begun. */
  NODE_CHECKS,
  /** Those that failed. */
  NODE_CHECKS_FAILED,
  /** Checks that asked what no node has ever reached: they say nothing of the node. */
  NODE_CHECKS_UNPROVEN,
  /** Nodes found dead for a use they had worked for, or nothing was known of. */
  NODE_DEATHS,
  /** Flows that failed at once, because no node of their group lives. */
  GROUPS_FAILED_FAST,

  /** UDP queries longer than the receive buffer, and so cut. */
  LISTEN_TRUNCATED,
  /** Replies the kernel would not take: no route to the client, or a full send buffer. */
  REPLIES_NOT_SENT,
  /** TCP connections of clients beyond the bound. */
  TCP_CONNECTIONS_REFUSED,
  /** TCP connections of a client that has too many already. */
  TCP_CONNECTIONS_OF_CLIENT_REFUSED,
  /** TCP connections of clients that were closed for being silent, slow or malformed. */
  TCP_CONNECTIONS_CUT,
  /** Connections of clients by TLS, HTTPS, HTTP/3 and QUIC, and those behind a proxy. */
  DOOR_CONNECTIONS,
  /** Those of them beyond the bound. */
  DOOR_CONNECTIONS_REFUSED,
  /** Those of a client that has too many already. */
  DOOR_CONNECTIONS_OF_CLIENT_REFUSED,
  /** Those closed because the client was silent or slow. */
  DOOR_CONNECTIONS_CUT,
  /** Those closed because what came was not the protocol. */
  DOOR_CONNECTIONS_MALFORMED,
  /** Those closed for a flood of pings, settings or resets (RFC 9113 section 10.5). */
  DOOR_FLOODS_CUT,
  /** Clients of QUIC told to prove their address first (Retry, RFC 9000 section 8.1.2). */
  DOOR_RETRIES,
  /** Handshakes of clients that failed. */
  DOOR_HANDSHAKES_FAILED,
  /** HTTP requests that are no DNS query: path, method, type or size. */
  DOOR_REQUESTS_REFUSED,
  /** Connections that should have begun with a PROXY header, or came from who may not send one. */
  DOOR_PROXIES_REFUSED,
  /** Certificates of gander's own read anew. */
  CERTIFICATES_RELOADED,
  /** Those whose new files were of no use; the old one is shown on. */
  CERTIFICATES_NOT_RELOADED,

  /** Queries left out of the query log, because its writer was behind. */
  QUERY_LOG_LOST,

  /** Answers put into the kernel, or put there again. */
  KERNEL_PUBLISHED,
  /** Answers that stay in user space: too large for the kernel, or there is no room. */
  KERNEL_NOT_PUBLISHED;

  /** The name in metrics and status: {@code answered_from_cache}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
