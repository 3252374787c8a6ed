package dev.gander.cli;

import dev.gander.config.ConfigException;
import dev.gander.daemon.FlowExplanation;
import dev.gander.daemon.Json;
import dev.gander.message.Name;
import java.io.IOException;
import java.net.IDN;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gander explain flow}. */
@Command(
    name = "explain",
    header = "Say which rule of a configuration decides a flow of packets, and how.",
    customSynopsis = "gander explain flow tcp|udp SOURCE:PORT DESTINATION:PORT [OPTIONS]",
    descriptionHeading = "%n",
    description = {
      "Reads the configuration and asks the rules of `routing` as the kernel asks them; sends"
          + " nothing, and needs neither root nor a running daemon. What is not told is not known,"
          + " and fulfils no term. IPv6 addresses stand in brackets."
    },
    optionListHeading = "%nOptions:%n",
    parameterListHeading = "%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  gander explain flow -c config.dae tcp 192.168.1.5:4000 93.184.216.34:443 --domain example.com",
      "  gander explain flow -c config.dae udp [2001:db8::5]:4000 [2001:db8:2::53]:53 --mac 02:00:5e:00:00:07",
      "  gander explain flow -c config.dae tcp 203.0.113.1:4000 198.51.100.7:80 --pname curl --json",
      "",
      "Exit status: 0 ok; 1 the configuration is wrong; 2 wrong usage."
    })
final class ExplainCommand extends GanderCommand {

  private static final Pattern ENDPOINT =
      Pattern.compile("(?:\\[([0-9a-fA-F:.]+)]|([0-9.]+)):([0-9]{1,5})");
  private static final Pattern MAC = Pattern.compile("[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}");
  private static final int DSCP_MAX = 63;
  private static final int PORT_MAX = 65_535;

  private final Map<String, String> environment;

  @Parameters(
      arity = "4",
      paramLabel = "WORD",
      description = "flow; tcp or udp; where it comes from; where it goes.")
  private List<String> words = List.of();

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "The configuration; the built-in one if it is left out.")
  private @Nullable Path file;

  @Option(
      names = "--domain",
      paramLabel = "NAME",
      description = "The name that the sender asked for to learn the destination.")
  private @Nullable String domain;

  @Option(names = "--mac", paramLabel = "ADDRESS", description = "The client's MAC address.")
  private @Nullable String mac;

  @Option(
      names = "--pname",
      paramLabel = "NAME",
      description = "The program of this machine that sends it; else it comes from the LAN.")
  private String process = "";

  @Option(names = "--dscp", paramLabel = "NUMBER", description = "0 to 63; 0 unless told.")
  private int dscp;

  @Option(names = "--json", description = "One JSON object on one line.")
  private boolean json;

  ExplainCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() {
    FlowExplanation.Flow flow = flow();
    try {
      FlowExplanation explanation =
          FlowExplanation.of(Optional.ofNullable(file), environment, flow);
      if (json) {
        out().println(Json.write(json(explanation)));
      } else {
        print(explanation);
      }
      return ExitStatus.OK;
    } catch (ConfigException e) {
      e.diagnostics().forEach(diagnostic -> err().println(diagnostic));
      return ExitStatus.WRONG_INPUT;
    }
  }

  private FlowExplanation.Flow flow() {
    if (words.size() != 4 || !words.getFirst().equals("flow")) {
      throw usage("what? Give flow, then tcp or udp, SOURCE:PORT and DESTINATION:PORT");
    }
    String protocol = words.get(1).toLowerCase(Locale.ROOT);
    if (!protocol.equals("tcp") && !protocol.equals("udp")) {
      throw usage("'" + words.get(1) + "' is neither tcp nor udp; nothing else is judged");
    }
    InetSocketAddress source = endpoint(words.get(2));
    InetSocketAddress destination = endpoint(words.get(3));
    if (source.getAddress().getAddress().length != destination.getAddress().getAddress().length) {
      throw usage("one end has an IPv4 address, the other one of IPv6");
    }
    if (dscp < 0 || dscp > DSCP_MAX) {
      throw usage("--dscp " + dscp + ": it goes from 0 to " + DSCP_MAX);
    }
    return new FlowExplanation.Flow(
        protocol.equals("tcp"), source, destination, macNumber(), dscp, process, wireName());
  }

  private InetSocketAddress endpoint(String text) {
    Matcher parts = ENDPOINT.matcher(text);
    String mistake = "'" + text + "' is no ADDRESS:PORT; write 192.0.2.1:443 or [2001:db8::1]:443";
    if (!parts.matches()) {
      throw usage(mistake);
    }
    int port = Integer.parseInt(parts.group(3));
    try {
      String address = parts.group(1) != null ? parts.group(1) : parts.group(2);
      if (port <= PORT_MAX) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), port);
      }
    } catch (IllegalArgumentException e) {
      throw usage(mistake);
    }
    throw usage("'" + text + "': ports go up to " + PORT_MAX);
  }

  private long macNumber() {
    if (mac == null) {
      return 0;
    }
    if (!MAC.matcher(mac).matches()) {
      throw usage("'" + mac + "' is no MAC address; write one like 02:42:ac:11:00:02");
    }
    return Long.parseLong(mac.replaceAll("[:-]", ""), 16);
  }

  private Optional<byte[]> wireName() {
    if (domain == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(Name.toWire(IDN.toASCII(domain).toLowerCase(Locale.ROOT)));
    } catch (IllegalArgumentException e) {
      throw usage("'" + domain + "' is no name: " + e.getMessage());
    }
  }

  private void print(FlowExplanation explanation) {
    String line = explanation.fallback() ? "" : ": " + text(explanation);
    out()
        .printf(
            "%s %s%s%n",
            explanation.fallback() ? "no rule matches; fallback at" : "rule at",
            explanation.rule(),
            line);
    out()
        .printf(
            "outbound %s%s%s%n",
            explanation.outbound(),
            explanation.must() ? ", for DNS too (must)" : "",
            explanation.mark() == 0
                ? ""
                : String.format(Locale.ROOT, ", mark 0x%x", explanation.mark()));
    out().println(explanation.fate());
    out().printf("decided in the kernel, by %s%n", explanation.judgedBy());
  }

  /** The rule as the file has it; nothing if it cannot be read any more. */
  private static String text(FlowExplanation explanation) {
    try {
      List<String> lines = Files.readAllLines(Path.of(explanation.rule().file()));
      return lines.get(explanation.rule().line() - 1).strip();
    } catch (IOException | IndexOutOfBoundsException e) {
      return "";
    }
  }

  private static Map<String, Object> json(FlowExplanation explanation) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("file", explanation.rule().file());
    object.put("line", explanation.rule().line());
    object.put("column", explanation.rule().column());
    object.put("fallback", explanation.fallback());
    object.put("outbound", explanation.outbound());
    object.put("must", explanation.must());
    object.put("mark", explanation.mark());
    object.put("decided_by", "kernel " + explanation.judgedBy());
    object.put("fate", explanation.fate());
    return object;
  }
}
