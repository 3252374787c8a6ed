package dev.gander.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the datapath asks of the kernel, each against the real one. */
@Tag("kernel")
class DatapathKernelTest {

  private Lab lab;

  @BeforeEach
  void open() throws Exception {
    lab = new Lab('m', 'n');
  }

  @AfterEach
  void close() throws IOException {
    lab.close();
  }

  private static byte[] compiled(Path directory, String source) throws IOException {
    Path file = directory.resolve("test.bpf.c");
    Files.writeString(file, "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n" + source);
    String include = "-I/usr/include/" + System.getProperty("os.arch").replace("amd64", "x86_64");
    Lab.run(
        "clang -O2 -g -target bpf -mcpu=v3 "
            + include
            + "-linux-gnu -c "
            + file
            + " -o "
            + directory.resolve("test.o"));
    return Files.readAllBytes(directory.resolve("test.o"));
  }

  @Test
  void aProgramTheVerifierRefusesIsToldWithItsWholeLog(@TempDir Path directory) throws Exception {
    byte[] elf =
        compiled(
            directory,
            """
            SEC("tc") int wild(struct __sk_buff *skb)
            {
              return *(volatile int *)(long)(skb->data + 100);
            }
            char _license[] SEC("license") = "GPL";
            """);
    assertThatThrownBy(() -> BpfObject.blueprint("wild", elf).load())
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("loading the eBPF object wild: 13")
        .hasMessageContaining("BEGIN PROG LOAD LOG")
        .hasMessageContaining("insns (limit 1000000)")
        .hasMessageContaining("END PROG LOAD LOG");
  }

  @Test
  void anObjectThatIsNoneIsRefused() {
    byte[] text =
        "this is no ELF file, but it is long enough to be looked at as one"
            .getBytes(StandardCharsets.US_ASCII);
    assertThatThrownBy(() -> BpfObject.blueprint("text", text).load())
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("text");
  }

  @Test
  void mapsKeepWhatIsPutIn(@TempDir Path directory) throws Exception {
    byte[] elf =
        compiled(
            directory,
            """
            struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8);
              __type(key, __u32); __type(value, __u64); } table SEC(".maps");
            struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(map_flags, BPF_F_MMAPABLE);
              __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); } list SEC(".maps");
            """);
    try (BpfObject object = BpfObject.blueprint("maps", elf).maxEntries("table", 3).load()) {
      BpfMap table = object.map("table");
      byte[] key = {1, 2, 3, 4};
      byte[] value = {1, 0, 0, 0, 0, 0, 0, 9};
      assertThat(table.maxEntries()).isEqualTo(3);
      assertThat(table.lookup(key)).isNull();
      table.update(key, value);
      assertThat(table.lookup(key)).isEqualTo(value);
      assertThat(table.keys()).containsExactly(key);
      assertThat(table.delete(key)).isTrue();
      assertThat(table.delete(key)).isFalse();
      assertThatThrownBy(() -> table.update(key, new byte[4]))
          .isInstanceOf(IllegalArgumentException.class);

      object.map("list").update(new byte[] {2, 0, 0, 0}, new byte[] {7, 8, 0, 0});
      try (BpfMap.View view = object.map("list").view()) {
        assertThat(view.intAt(2, 0)).isEqualTo(0x0807);
        assertThat(view.shortAt(2, 0)).isEqualTo(0x0807);
        assertThat(view.byteAt(2, 1)).isEqualTo(8);
        assertThat(view.intAt(1, 0)).isZero();
      }
    }
  }

  @Test
  void netlinkTellsInTheKernelsWordsWhatItRefused() throws Exception {
    lab.router()
        .call(() -> {
          try (Netlink netlink = Netlink.open()) {
            int lan0 = netlink.link("lan0").orElseThrow().ifindex();
            assertThatThrownBy(() -> netlink.setMtu(lan0, 1 << 20))
                .isInstanceOf(KernelException.class)
                .hasMessageContaining("setting the MTU")
                .hasMessageEndingWith("mtu greater than device maximum");
            assertThat(netlink.delete(99_999)).isFalse();
          }
          return 0;
        });
  }

  @Test
  void linksAndAddressesAreListedAsTheyAre() throws Exception {
    lab.inRouter("ip link add br7 type bridge");
    lab.inRouter("ip link add port7 type veth peer name far7");
    lab.inRouter("ip link set port7 master br7 mtu 1400 alias spare");
    lab.router()
        .call(() -> {
          try (Netlink netlink = Netlink.open()) {
            Link lan0 = netlink.link("lan0").orElseThrow();
            assertThat(lan0.mac()).isEqualTo(0x02_00_00_00_53_01L);
            assertThat(lan0.isEthernet() && lan0.isUp() && !lan0.isLoopback()).isTrue();
            assertThat(lan0.kind()).isEqualTo("veth");
            Link port = netlink.link("port7").orElseThrow();
            Link bridge = netlink.link("br7").orElseThrow();
            assertThat(port.master()).isEqualTo(bridge.ifindex());
            assertThat(port.mtu()).isEqualTo(1400);
            assertThat(port.alias()).isEqualTo("spare");
            assertThat(bridge.kind()).isEqualTo("bridge");
            assertThat(netlink.link("lo").orElseThrow().isLoopback()).isTrue();
            assertThat(netlink.addresses())
                .contains(
                    InetAddress.getByName("10.53.0.1"), InetAddress.getByName("2001:db8:53::1"));
          }
          return 0;
        });
  }

  @Test
  void manyLinksAreListedWhole() throws Exception {
    for (int i = 0; i < 150; i++) {
      lab.inRouter("ip link add many" + i + " type bridge");
    }
    lab.router()
        .call(() -> {
          try (Netlink netlink = Netlink.open()) {
            assertThat(netlink.links()).hasSizeGreaterThanOrEqualTo(152);
          }
          return 0;
        });
  }

  @Test
  void anAddressThatComesIsHeardAndAWakeToo() throws Exception {
    try (NetworkWatch watch = lab.router().call(NetworkWatch::ofAddresses)) {
      CompletableFuture<Void> heard = CompletableFuture.runAsync(watch::await);
      lab.inRouter("ip addr add 203.0.113.9/32 dev lo");
      heard.get(30, TimeUnit.SECONDS);
      CompletableFuture<Void> woken = CompletableFuture.runAsync(watch::await);
      watch.wake();
      woken.get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void aNamespaceHasItsOwnPortsAndPassesOnWhatItsWorkThrows() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create("test-namespace")) {
      String inside = namespace.call(NetworkNamespace::current);
      assertThat(inside).isNotEqualTo(NetworkNamespace.current());
      UdpSocket here = UdpSocket.open(IpFamily.IPV4, EnumSet.noneOf(UdpSocket.Option.class));
      here.bind(new InetSocketAddress("0.0.0.0", 0));
      UdpSocket there =
          namespace.call(
              () -> UdpSocket.open(IpFamily.IPV4, EnumSet.noneOf(UdpSocket.Option.class)));
      there.bind(new InetSocketAddress("0.0.0.0", here.localAddress().getPort()));
      there.close();
      here.close();
      assertThatThrownBy(() ->
              namespace.run(() -> {
                throw new KernelException("no", Errno.EPERM);
              }))
          .isInstanceOf(KernelException.class)
          .hasMessage("no");
    }
  }

  @Test
  void aLockHasOneHolderWhomTheNextOneIsTold() throws Exception {
    lab.router()
        .call(() -> {
          try (AbstractLock lock = AbstractLock.acquire("gander-test")) {
            assertThat(lock).isNotNull();
            assertThatThrownBy(() -> AbstractLock.acquire("gander-test"))
                .isInstanceOfSatisfying(
                    AbstractLock.HeldException.class,
                    e -> assertThat(e.pid()).isEqualTo((int) ProcessHandle.current().pid()));
          }
          AbstractLock.acquire("gander-test").close();
          return 0;
        });
  }

  @Test
  void whatThisKernelCanDoIsFoundByAsking() {
    KernelFeatures features = KernelFeatures.probe();
    assertThat(features.release()).isEqualTo(Sysctl.read("kernel/osrelease"));
    assertThat(features.tcx()).isEqualTo(KernelFeatures.isAtLeast(features.release(), 6, 6));
    assertThat(features.receiveMark())
        .isEqualTo(KernelFeatures.isAtLeast(features.release(), 5, 19));
    KernelFeatures.requireCapabilities();
  }

  @Test
  void withoutCapabilitiesEachRefusalNamesThemAndTheRemedy() {
    assertThatThrownBy(() ->
            Unprivileged.call(() -> {
              KernelFeatures.requireCapabilities();
              return 0;
            }))
        .cause()
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("CAP_NET_ADMIN and CAP_SYS_ADMIN")
        .hasMessageContaining("run as root");
    assertThatThrownBy(() -> Unprivileged.call(() -> NetworkNamespace.create("test-refused")))
        .cause()
        .isInstanceOfSatisfying(
            KernelException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPERM))
        .hasMessageContaining("CAP_SYS_ADMIN");
  }

  @Test
  void aMissingLibraryIsNamedWithTheWayToInstallIt() {
    assertThatThrownBy(() -> LibbpfLibrary.require("libbpf.so.0.none"))
        .isInstanceOfSatisfying(
            KernelException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT))
        .hasMessageContaining("libbpf.so.0.none is not installed")
        .hasMessageContaining("apt install libbpf1");
  }

  @Test
  void parametersOfTheNamespaceAreReadAndSet() throws Exception {
    lab.router()
        .call(() -> {
          Sysctl.write("net/ipv4/conf/lan0/log_martians", "1");
          assertThat(Sysctl.read("net/ipv4/conf/lan0/log_martians")).isEqualTo("1");
          assertThat(Sysctl.exists("net/ipv4/conf/nothing")).isFalse();
          assertThatThrownBy(() -> Sysctl.write("net/ipv4/conf/nothing/at_all", "1"))
              .isInstanceOf(KernelException.class)
              .hasMessageContaining("net/ipv4/conf/nothing/at_all=1");
          return 0;
        });
  }
}
