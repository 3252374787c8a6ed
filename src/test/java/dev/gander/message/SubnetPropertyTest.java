package dev.gander.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ClientSubnetOption;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Section;

/** Client subnets against dnsjava's. */
class SubnetPropertyTest {

  private static final int ROUNDS = 20_000;

  private final Random random = new Random(7);

  @Test
  void everySubnetIsReadAsDnsjavaWroteItAndWrittenAsDnsjavaReadsIt() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
      random.nextBytes(bytes);
      int prefix = random.nextInt(bytes.length * 8 + 1);
      for (int bit = prefix; bit < bytes.length * 8; bit++) {
        bytes[bit / 8] &= (byte) ~(0x80 >> bit % 8);
      }
      InetAddress address = InetAddress.getByAddress(bytes);
      if (bytes.length == 16 && address.getAddress().length == 4) {
        continue; // a mapped address: Java makes IPv4 of it
      }
      QueryView view = view(new ClientSubnetOption(prefix, address));
      int mapped = bytes.length == 4 ? Subnet.MAPPED : 0;
      assertThat(view.verdict()).isEqualTo(QueryView.Verdict.OK);
      assertThat(view.subnetLength()).isEqualTo(prefix + mapped);
      Subnet subnet = Subnet.of(view.subnetHigh(), view.subnetLow(), view.subnetLength());
      assertThat(subnet.isEmpty()).isEqualTo(prefix == 0);
      EDNSOption read = EDNSOption.fromWire(subnet.option());
      assertThat(read).isEqualTo(new ClientSubnetOption(prefix, address));
    }
  }

  @Test
  void malformedSubnetsAreKnownAsSuch() {
    for (byte[] data :
        new byte[][] {
          {0, 1, 24},
          {0, 3, 8, 0, 1},
          {0, 1, 33, 0, 1, 2, 3, 4, 5},
          {0, 1, 24, 0, 1, 2},
          {0, 1, 24, 0, 1, 2, 3, 4},
          {0, 1, 20, 0, 1, 2, 3},
          {0, 2, (byte) 129, 0}
        }) {
      QueryView view = view(new org.xbill.DNS.GenericEDNSOption(8, data));
      assertThat(view.hasSubnet()).as(Arrays.toString(data)).isTrue();
      assertThat(view.subnetLength()).as(Arrays.toString(data)).isEqualTo(-1);
    }
  }

  private static QueryView view(EDNSOption option) {
    Message query = Messages.query("www.example.org", RecordType.A);
    query.removeAllRecords(Section.ADDITIONAL);
    query.addRecord(new OPTRecord(1232, 0, 0, 0, option), Section.ADDITIONAL);
    return Messages.view(query);
  }
}
