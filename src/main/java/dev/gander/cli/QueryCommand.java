package dev.gander.cli;

import dev.gander.cli.QueryExchange.Ask;
import dev.gander.cli.QueryExchange.Outcome;
import dev.gander.cli.QueryExchange.Subnet;
import dev.gander.clock.Clock;
import dev.gander.config.ConfigException;
import dev.gander.config.Diagnostic;
import dev.gander.daemon.Json;
import dev.gander.daemon.StartException;
import dev.gander.message.Name;
import dev.gander.message.RecordType;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.IDN;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gander query}. */
@Command(
    name = "query",
    header = "Ask one question and show the answer; a small dig.",
    synopsisHeading = "Usage: ",
    customSynopsis = "gander query [OPTIONS] NAME [TYPE] [@SERVER[:PORT] | @URL]",
    descriptionHeading = "%n",
    description = {
      "Asks the gander that runs here (the first address of its `dns.bind`, or 127.0.0.1:5300), or"
          + " the server after `@`. An address in place of the name asks for its PTR record. A"
          + " truncated answer is asked for again over TCP.",
      "",
      "@tls://, @https://, @h3:// and @quic:// ask as an upstream of the configuration is asked, with"
          + " the same options after `?`, and show the certificate and what each stage took."
    },
    parameterListHeading = "%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  gander query example.com",
      "  gander query example.com AAAA @192.0.2.53",
      "  gander query example.com MX @[2001:db8::53]:5300 --tcp",
      "  gander query example.com @tls://dns.quad9.net",
      "  gander query example.com '@https://192.0.2.53/dns-query?sni=dns.example&ca=ca.pem'",
      "  gander query 192.0.2.1 --short",
      "  gander query example.com --subnet 198.51.100.0/24 --json | jq .answer",
      "",
      "Exit status: 0 an answer came, whatever it says; 2 wrong usage; 3 no answer came."
    })
final class QueryCommand extends GanderCommand {

  private static final int DEFAULT_PORT = 53;
  private static final InetSocketAddress DEFAULT_SERVER =
      new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 5300);

  @Mixin private final RuntimeDirectory runtime;

  @Parameters(
      arity = "1..3",
      paramLabel = "WORD",
      description = "The name, the type (default: A), the server; in any order.")
  private List<String> words = new ArrayList<>();

  @Option(names = "--tcp", description = "Ask over TCP at once.")
  private boolean tcp;

  @Option(
      names = "--subnet",
      paramLabel = "ADDRESS/PREFIX",
      description = "Send this EDNS Client Subnet (RFC 7871).")
  private @Nullable String subnet;

  @Option(names = "--dnssec", description = "Ask for DNSSEC records (DO).")
  private boolean dnssec;

  @Option(names = "--cd", description = "Ask not to validate (CD).")
  private boolean checkingDisabled;

  @Option(
      names = "--no-recurse",
      description = "Do not ask for recursion: send the query without RD.")
  private boolean noRecurse;

  @Option(names = "--no-edns", description = "Send no OPT record, as old clients do.")
  private boolean noEdns;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description = "How long one try waits (default: ${DEFAULT-VALUE}).")
  private int timeout;

  @Option(
      names = "--tries",
      paramLabel = "N",
      defaultValue = "2",
      description = "How often to ask over UDP (default: ${DEFAULT-VALUE}).")
  private int tries;

  @Option(names = "--short", description = "Only the data of the answer's records.")
  private boolean brief;

  @Option(names = "--json", description = "One JSON object on one line.")
  private boolean json;

  QueryCommand(Map<String, String> environment) {
    runtime = new RuntimeDirectory(environment);
  }

  @Override
  public Integer call() throws IOException, MessageReader.Malformed {
    String server = "";
    List<String> rest = new ArrayList<>();
    for (String word : words) {
      if (word.startsWith("@")) {
        server = word.substring(1);
      } else {
        rest.add(word);
      }
    }
    Ask ask = ask(rest);
    if (EncryptedExchange.takes(server)) {
      return askEncrypted(server, ask);
    }
    InetSocketAddress endpoint = server.isEmpty() ? runningDaemon() : endpoint(server);
    QueryExchange exchange =
        new QueryExchange(
            Clock.system(), endpoint, Duration.ofSeconds(timeout), Math.max(1, tries));
    Outcome outcome = tcp ? exchange.tcp(ask) : exchange.udp(ask);
    ReceivedMessage message = MessageReader.read(outcome.wire());
    if (message.truncated() && !tcp) {
      outcome = exchange.tcp(ask);
      message = MessageReader.read(outcome.wire());
    }
    print(message, outcome, endpoint);
    return ExitStatus.OK;
  }

  private int askEncrypted(String server, Ask ask) throws IOException, MessageReader.Malformed {
    try {
      EncryptedExchange.Outcome outcome =
          new EncryptedExchange(Clock.system(), Duration.ofSeconds(timeout)).ask(server, ask);
      ReceivedMessage message = MessageReader.read(outcome.answer().wire());
      print(message, outcome.answer(), outcome.server());
      if (!json && !brief) {
        outcome.way().forEach(line -> out().println(";; " + line));
      }
      return ExitStatus.OK;
    } catch (ConfigException e) {
      Diagnostic first = e.diagnostics().getFirst();
      throw usage("@" + server + ": " + first.message() + " (" + first.remedy() + ")");
    }
  }

  private Ask ask(List<String> rest) {
    int typeAt = -1;
    for (int i = 0; i < rest.size() && rest.size() > 1 && typeAt < 0; i++) {
      // "gander query mx example.com" as well as "gander query example.com mx"
      if (RecordType.code(rest.get(rest.size() - 1 - i)) >= 0) {
        typeAt = rest.size() - 1 - i;
      }
    }
    if (rest.isEmpty() || rest.size() > 2 || (rest.size() == 2 && typeAt < 0)) {
      throw usage(
          rest.isEmpty()
              ? "which name? Give one NAME"
              : "'" + rest.getLast() + "' is no record type; give NAME [TYPE] [@SERVER]");
    }
    String name = rest.get(typeAt == 0 ? rest.size() - 1 : 0);
    Optional<InetAddress> address = literal(name);
    int type = typeAt >= 0 ? RecordType.code(rest.get(typeAt)) : 0;
    if (type == 0) {
      type = address.isPresent() ? RecordType.PTR : RecordType.A;
    }
    try {
      String asked = address.isPresent() && type == RecordType.PTR ? reverse(address.get()) : name;
      byte[] wire = Name.toWire(asked.chars().allMatch(c -> c < 128) ? asked : IDN.toASCII(asked));
      return new Ask(
          wire, type, !noRecurse, dnssec, checkingDisabled, !noEdns || dnssec, parseSubnet());
    } catch (IllegalArgumentException e) {
      throw usage("'" + name + "' is no name: " + e.getMessage());
    }
  }

  private Optional<Subnet> parseSubnet() {
    if (subnet == null) {
      return Optional.empty();
    }
    String[] parts = subnet.split("/", 2);
    Optional<InetAddress> address = literal(parts[0]);
    if (address.isPresent() && !noEdns) {
      int bits = address.get().getAddress().length * 8;
      try {
        int prefix = parts.length == 2 ? Integer.parseInt(parts[1]) : bits;
        if (prefix >= 0 && prefix <= bits) {
          return Optional.of(new Subnet(address.get(), prefix));
        }
      } catch (NumberFormatException e) {
        throw usage("--subnet: '" + parts[1] + "' is no prefix length");
      }
    }
    throw usage("--subnet wants ADDRESS/PREFIX such as 198.51.100.0/24, and EDNS");
  }

  /** Where the running daemon listens, else where one without a file would. */
  private InetSocketAddress runningDaemon() {
    try {
      Object listeners = runtime.daemon().status(Duration.ofSeconds(2)).get("listeners");
      if (listeners instanceof List<?> list) {
        for (Object listener : list) {
          String text = String.valueOf(listener);
          if (text.startsWith(tcp ? "tcp " : "udp ")) {
            InetSocketAddress endpoint = endpoint(text.substring(4));
            boolean any = endpoint.getAddress().isAnyLocalAddress();
            return any
                ? new InetSocketAddress(InetAddress.getLoopbackAddress(), endpoint.getPort())
                : endpoint;
          }
        }
      }
    } catch (StartException | IOException e) {
      // No daemon here, or one we may not talk to: the default is as good a guess as any.
      return DEFAULT_SERVER;
    }
    return DEFAULT_SERVER;
  }

  private InetSocketAddress endpoint(String text) {
    int colon = text.lastIndexOf(':');
    boolean bare =
        colon < 0 || text.endsWith("]") || (text.indexOf(':') < colon && !text.startsWith("["));
    String host = bare ? text : text.substring(0, colon);
    String port = bare ? String.valueOf(DEFAULT_PORT) : text.substring(colon + 1);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    try {
      return new InetSocketAddress(InetAddress.getAllByName(host)[0], Integer.parseInt(port));
    } catch (UnknownHostException | IllegalArgumentException e) {
      throw usage("@" + text + " is no server; write @ADDRESS, @ADDRESS:PORT or @[IPv6]:PORT");
    }
  }

  private static Optional<InetAddress> literal(String text) {
    try {
      return Optional.of(InetAddress.ofLiteral(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** RFC 1035 § 3.5 and RFC 3596 § 2.5. */
  private static String reverse(InetAddress address) {
    byte[] bytes = address.getAddress();
    StringBuilder name = new StringBuilder();
    for (int i = bytes.length - 1; i >= 0; i--) {
      if (bytes.length == 4) {
        name.append(bytes[i] & 0xff).append('.');
      } else {
        name.append(Integer.toHexString(bytes[i] & 0xf)).append('.');
        name.append(Integer.toHexString((bytes[i] >> 4) & 0xf)).append('.');
      }
    }
    return name + (bytes.length == 4 ? "in-addr.arpa" : "ip6.arpa");
  }

  private void print(ReceivedMessage message, Outcome outcome, InetSocketAddress server) {
    PrintWriter out = out();
    if (json) {
      out.println(Json.write(MessageText.json(message, outcome, server)));
    } else if (brief) {
      message.answer().forEach(line -> out.println(line.data()));
    } else {
      MessageText.print(message, outcome, server, out);
    }
  }
}
