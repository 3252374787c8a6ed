package dev.gander.cli;

import dev.gander.clock.Clock;
import dev.gander.config.ConfigException;
import dev.gander.config.RuleValues;
import dev.gander.daemon.AskedQuery;
import dev.gander.daemon.FlowExplanation;
import dev.gander.daemon.Json;
import dev.gander.daemon.QueryExplanation;
import dev.gander.daemon.StartException;
import dev.gander.message.Name;
import dev.gander.message.RecordType;
import java.io.IOException;
import java.net.IDN;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gander explain}. */
@Command(
    name = "explain",
    header = "Say which rules decide a question or a flow of packets, and how.",
    customSynopsis = {
      "gander explain NAME [TYPE] [OPTIONS]",
      "gander explain flow tcp|udp SOURCE:PORT DESTINATION:PORT [OPTIONS]"
    },
    descriptionHeading = "%n",
    description = {
      "NAME: what would become of a client's question, by the rules of `dns.routing` and `routing`:"
          + " by those of a file with -c, else by those of the running daemon, which also tells"
          + " what it has cached and which node a group takes.",
      "flow: asks the rules of `routing` as the kernel asks them; those of the file, or of the"
          + " built-in configuration.",
      "Nothing is sent. What is not told is not known, and fulfils no term."
    },
    optionListHeading = "%nOptions:%n",
    parameterListHeading = "%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  gander explain www.example.com AAAA --from 192.168.1.5 --mac 02:00:5e:00:00:07",
      "  gander explain -c config.dae example.com --pname curl --uid nobody",
      "  gander explain flow -c config.dae tcp 192.168.1.5:4000 93.184.216.34:443 --domain example.com",
      "  gander explain flow -c config.dae udp [2001:db8::5]:4000 [2001:db8:2::53]:53 --json",
      "",
      "Exit status: 0 ok; 1 the configuration is wrong; 2 wrong usage; 3 no daemon runs."
    })
final class ExplainCommand extends GanderCommand {

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final String FLOW = "flow";
  private static final int FLOW_WORDS = 4;

  private final Map<String, String> environment;

  @Parameters(
      arity = "1..4",
      paramLabel = "WORD",
      description = "A name and a type; or flow, tcp or udp, where from, where to.")
  private List<String> words = List.of();

  @Mixin private final ConfigurationFile configuration = new ConfigurationFile();

  @Mixin private final RuntimeDirectory runtime;

  @Mixin private final ClientOptions client = new ClientOptions();

  @Option(
      names = "--domain",
      paramLabel = "NAME",
      description = "Of a flow: the name that the sender asked for to learn the destination.")
  private @Nullable String domain;

  @Option(names = "--json", description = "One JSON object on one line.")
  private boolean json;

  ExplainCommand(Map<String, String> environment) {
    this.environment = environment;
    runtime = new RuntimeDirectory(environment);
  }

  @Override
  public Integer call() throws IOException, StartException {
    Explained text = new Explained(out());
    try {
      if (words.size() == FLOW_WORDS && words.getFirst().equals(FLOW)) {
        FlowExplanation flow = FlowExplanation.of(configuration.path(), environment, flow());
        tell(Explained.json(flow), () -> text.print(flow));
      } else if (words.size() <= 2) {
        Map<String, Object> question = explain(query());
        tell(question, () -> text.print(question));
      } else {
        throw usage("what? Give NAME and TYPE; or flow, tcp or udp, SOURCE:PORT, DESTINATION:PORT");
      }
      return ExitStatus.OK;
    } catch (ConfigException e) {
      e.diagnostics().forEach(diagnostic -> err().println(diagnostic));
      return ExitStatus.WRONG_INPUT;
    }
  }

  private void tell(Map<String, Object> object, Runnable text) {
    if (json) {
      out().println(Json.write(object));
    } else {
      text.run();
    }
  }

  private Map<String, Object> explain(AskedQuery query)
      throws ConfigException, IOException, StartException {
    Optional<Path> file = configuration.path();
    return file.isPresent()
        ? QueryExplanation.of(file, environment, query, Clock.system())
        : runtime.daemon().explain(query, PATIENCE);
  }

  private AskedQuery query() {
    if (domain != null) {
      throw usage("--domain is for flows; here the name is the question");
    }
    int type = words.size() > 1 ? RecordType.code(words.get(1)) : RecordType.A;
    if (type < 0) {
      throw usage("'" + words.get(1) + "' is no type of records");
    }
    try {
      return client.query(Name.toText(wireName(words.getFirst()), 0), type);
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  private FlowExplanation.Flow flow() {
    if (!client.notOfFlows().isEmpty()) {
      throw usage("rules of `routing` do not ask for what " + client.notOfFlows() + " tells");
    }
    String protocol = words.get(1).toLowerCase(Locale.ROOT);
    if (!protocol.equals("tcp") && !protocol.equals("udp")) {
      throw usage("'" + words.get(1) + "' is neither tcp nor udp; nothing else is judged");
    }
    try {
      InetSocketAddress source = RuleValues.endpoint(words.get(2));
      InetSocketAddress destination = RuleValues.endpoint(words.get(3));
      if (source.getAddress().getAddress().length != destination.getAddress().getAddress().length) {
        throw usage("one end has an IPv4 address, the other one of IPv6");
      }
      return new FlowExplanation.Flow(
          protocol.equals("tcp"),
          source,
          destination,
          client.macNumber(),
          client.codePoint(),
          client.process(),
          Optional.ofNullable(domain).map(this::wireName));
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  private byte[] wireName(String name) {
    try {
      return Name.toWire(IDN.toASCII(name).toLowerCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw usage("'" + name + "' is no name: " + e.getMessage());
    }
  }
}
