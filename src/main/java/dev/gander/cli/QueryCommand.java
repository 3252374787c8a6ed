package dev.gander.cli;

import dev.gander.cli.QueryExchange.Ask;
import dev.gander.cli.QueryExchange.Subnet;
import dev.gander.clock.Clock;
import dev.gander.config.ConfigException;
import dev.gander.config.Diagnostic;
import dev.gander.daemon.Failures;
import dev.gander.daemon.Json;
import dev.gander.daemon.QueryWay;
import dev.gander.daemon.StartException;
import dev.gander.message.Name;
import dev.gander.message.RecordType;
import dev.gander.node.LinkException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.IDN;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
          + " the same options after `?`, and show the certificate. The last line says what each stage"
          + " took; where no answer comes, it says which one failed."
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
      "  gander query example.com @tls://dns.quad9.net --via 'socks5://user:password@192.0.2.9:1080'",
      "  gander query example.com @192.0.2.53 --via proxy -c /etc/gander/config.dae",
      "  gander query 192.0.2.1 --short",
      "  gander query example.com --subnet 198.51.100.0/24 --json | jq .answer",
      "",
      "Exit status: 0 an answer came, whatever it says; 2 wrong usage; 3 no answer came."
    })
final class QueryCommand extends GanderCommand {

  private static final QueryServer DEFAULT_SERVER =
      new QueryServer("127.0.0.1", 5300, Optional.empty());

  private final Map<String, String> environment;

  @Mixin private final RuntimeDirectory runtime;

  @Parameters(
      arity = "1..3",
      paramLabel = "WORD",
      description = "The name, the type (default: A), the server; in any order.")
  private List<String> words = new ArrayList<>();

  @Option(names = "--tcp", description = "Ask over TCP at once.")
  private boolean tcp;

  @Option(
      names = "--via",
      paramLabel = "WAY",
      description = {
        "Ask through proxy servers: a share link, several with -> between them, or with -c the name"
            + " of a node or group. Default: direct."
      })
  private @Nullable String via;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "The configuration whose nodes, groups and socket options --via goes by.")
  private @Nullable Path file;

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
    this.environment = environment;
    runtime = new RuntimeDirectory(environment);
  }

  @Override
  public Integer call() throws ConfigException {
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
    if (server.isEmpty() && via != null) {
      throw usage("--via wants to know whom to ask there: give @SERVER or @URL");
    }
    QueryServer asked = server.isEmpty() ? runningDaemon() : server(server);
    Stages stages = new Stages(Clock.system());
    try (QueryWay way = way()) {
      way.warnings().forEach(it -> err().println("gander: --via: " + it));
      QueryJourney journey =
          new QueryJourney(
              Clock.system(), way, stages, Duration.ofSeconds(timeout), Math.max(1, tries));
      print(journey.ask(asked, ask, tcp), way, stages);
      return ExitStatus.OK;
    } catch (IOException e) {
      tell(e, stages);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return ExitStatus.MACHINE;
  }

  private QueryServer server(String text) {
    try {
      return QueryServer.parse(text);
    } catch (ConfigException e) {
      Diagnostic first = e.diagnostics().getFirst();
      throw usage("the server: " + first.message() + " (" + first.remedy() + ")");
    } catch (IllegalArgumentException e) {
      throw usage("@" + text + " is no server; write @ADDRESS, @ADDRESS:PORT or @[IPv6]:PORT");
    }
  }

  private QueryWay way() throws ConfigException {
    try {
      return QueryWay.open(
          via == null ? QueryWay.DIRECT : via,
          Optional.ofNullable(file),
          environment,
          Clock.system());
    } catch (LinkException e) {
      throw usage(
          "--via: "
              + e.getMessage()
              + "; write a link such as socks5://USER:PASSWORD@HOST:PORT, links with -> between"
              + " them, "
              + (file == null ? "or with -c FILE a node or group of it" : "or a node or group of ")
              + (file == null ? "" : file));
    }
  }

  /** What failed and where; no answer is no reason to print nothing. */
  private void tell(IOException failure, Stages stages) {
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("error", Failures.reason(failure));
      object.put("failed", stages.now());
      object.put("stages", stages.json());
      out().println(Json.write(object));
    }
    if (!stages.now().isEmpty()) {
      err().println(";; " + stages.failure());
    }
    int _ = Main.failed(failure, err());
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
      throw usage(rest.isEmpty() ? "which name? Give one NAME" : wrongWord(rest.getLast()));
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

  /** A link may hold a password, which is not repeated. */
  private static String wrongWord(String word) {
    return word.contains("://")
        ? "a URL is the server with @ before it, or a way out behind --via"
        : "'" + word + "' is no record type; give NAME [TYPE] [@SERVER]";
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
  private QueryServer runningDaemon() throws ConfigException {
    try {
      Object listeners = runtime.daemon().status(Duration.ofSeconds(2)).get("listeners");
      if (listeners instanceof List<?> list) {
        for (Object listener : list) {
          String text = String.valueOf(listener);
          if (text.startsWith(tcp ? "tcp " : "udp ")) {
            QueryServer server = QueryServer.parse(text.substring(4));
            boolean any = InetAddress.ofLiteral(server.host()).isAnyLocalAddress();
            String host = InetAddress.getLoopbackAddress().getHostAddress();
            return any ? new QueryServer(host, server.port(), Optional.empty()) : server;
          }
        }
      }
    } catch (StartException | IOException e) {
      // No daemon here, or one we may not talk to: the default is as good a guess as any.
      return DEFAULT_SERVER;
    }
    return DEFAULT_SERVER;
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

  private void print(QueryJourney.Answer answer, QueryWay way, Stages stages) {
    PrintWriter out = out();
    ReceivedMessage message = answer.message();
    if (json) {
      Map<String, Object> object = MessageText.json(message, answer.outcome(), answer.server());
      answer.handshake().ifPresent(it -> object.putAll(EncryptedExchange.json(it)));
      object.put("via", way.text());
      object.put("stages", stages.json());
      out.println(Json.write(object));
    } else if (brief) {
      message.answer().forEach(line -> out.println(line.data()));
    } else {
      MessageText.print(message, answer.outcome(), answer.server(), out);
      answer
          .handshake()
          .map(EncryptedExchange::lines)
          .orElse(List.of())
          .forEach(line -> out.println(";; " + line));
      if (via != null) {
        out.println(";; via " + way.text());
      }
      out.println(";; " + stages.text());
    }
  }
}
