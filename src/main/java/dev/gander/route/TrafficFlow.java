package dev.gander.route;

import dev.gander.message.Client;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the rules of {@code routing} may ask about a flow of packets. Mutable, of one thread at a
 * time, to be used again and again. Addresses are two longs, IPv4 as {@code ::ffff:a.b.c.d}.
 */
public final class TrafficFlow {

  /** Numbers of protocols, as IP has them. */
  public static final int TCP = 6;

  public static final int UDP = 17;

  private static final int PROCESS_BYTES = 15;

  private long sourceHigh;
  private long sourceLow;
  private int sourcePort;
  private long destinationHigh;
  private long destinationLow;
  private int destinationPort;
  private int protocol;
  private long mac;
  private int dscp;
  private String process = "";
  private long processHigh;
  private long processLow;
  private byte @Nullable [] domain;

  /** A flow of which nothing is known. */
  public TrafficFlow() {}

  /** Takes a client's address, port, MAC address, DSCP and process. */
  public void setClient(Client client) {
    setSource(client.sourceHigh(), client.sourceLow(), client.sourcePort());
    setMac(client.mac());
    setDscp(client.dscp());
    setProcess(client.pname());
  }

  public void setSource(long high, long low, int port) {
    sourceHigh = high;
    sourceLow = low;
    sourcePort = port;
  }

  public void setDestination(long high, long low, int port) {
    destinationHigh = high;
    destinationLow = low;
    destinationPort = port;
  }

  /** {@link #TCP}, {@link #UDP}, or the number of another protocol. */
  public void setProtocol(int protocol) {
    this.protocol = protocol;
  }

  /** 48 bits; 0 if unknown, which no rule can mean. */
  public void setMac(long mac) {
    this.mac = mac;
  }

  /** 0 to 63. */
  public void setDscp(int dscp) {
    this.dscp = dscp;
  }

  /** Name of the sender's process, of which the first 15 bytes count; empty if unknown. */
  public void setProcess(String name) {
    if (!name.equals(process)) {
      process = name;
      byte[] bytes = Arrays.copyOf(firstBytes(name), 16);
      processHigh = processHalf(bytes, 0);
      processLow = processHalf(bytes, 8);
    }
  }

  /**
   * The name that the destination was looked up by.
   *
   * @param wireName lower-cased, well-formed; stays as it is; null if unknown
   */
  public void setDomain(byte @Nullable [] wireName) {
    domain = wireName;
  }

  long sourceHigh() {
    return sourceHigh;
  }

  long sourceLow() {
    return sourceLow;
  }

  int sourcePort() {
    return sourcePort;
  }

  long destinationHigh() {
    return destinationHigh;
  }

  long destinationLow() {
    return destinationLow;
  }

  int destinationPort() {
    return destinationPort;
  }

  int protocol() {
    return protocol;
  }

  /** Whether the destination is of IPv4. */
  boolean isIpv4() {
    return Client.isIpv4(destinationHigh, destinationLow);
  }

  long mac() {
    return mac;
  }

  int dscp() {
    return dscp;
  }

  long processHigh() {
    return processHigh;
  }

  long processLow() {
    return processLow;
  }

  byte @Nullable [] domain() {
    return domain;
  }

  /** What counts of a process's name: what the kernel keeps of it. */
  static byte[] firstBytes(String processName) {
    byte[] bytes = processName.getBytes(StandardCharsets.UTF_8);
    return bytes.length > PROCESS_BYTES ? Arrays.copyOf(bytes, PROCESS_BYTES) : bytes;
  }

  /** Eight bytes of a name as a number, the first highest. */
  static long processHalf(byte[] name, int from) {
    long half = 0;
    for (int i = from; i < from + 8; i++) {
      half = half << 8 | (i < name.length ? name[i] & 0xff : 0);
    }
    return half;
  }
}
