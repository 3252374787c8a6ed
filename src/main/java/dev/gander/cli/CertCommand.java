package dev.gander.cli;

import dev.gander.tls.SelfSigned;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gander cert}. */
@Command(
    name = "cert",
    header = "Make a self-signed certificate for encrypted clients.",
    descriptionHeading = "%n",
    description = {
      "Writes cert.pem and key.pem (readable by their owner alone) for `bind: 'tls://…'` and its"
          + " kin. Clients must be told to trust cert.pem, or its pin, which is printed."
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  gander cert --name dns.home.arpa --ip 192.168.1.1 --out /etc/gander",
      "  bind: 'tls://[::]:853?cert=/etc/gander/cert.pem&key=/etc/gander/key.pem'",
      "",
      "Exit status: 0 written; 2 wrong usage; 3 not written, as files are there or cannot be made."
    })
final class CertCommand extends GanderCommand {

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "A name of this resolver; may be repeated.")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--ip",
      paramLabel = "ADDRESS",
      description = "An address of this resolver; may be repeated.")
  private List<String> addresses = new ArrayList<>();

  @Option(
      names = "--days",
      paramLabel = "N",
      defaultValue = "825",
      description = "How long it is valid (default: ${DEFAULT-VALUE}).")
  private int days;

  @Option(
      names = "--out",
      paramLabel = "DIRECTORY",
      defaultValue = ".",
      description = "Where to (default: here).")
  private Path out = Path.of(".");

  @Option(names = "--force", description = "Write over files that are there.")
  private boolean force;

  @Override
  public Integer call() throws IOException {
    if (names.isEmpty() && addresses.isEmpty()) {
      throw usage("for whom? Give --name NAME or --ip ADDRESS");
    }
    if (days < 1) {
      throw usage("--days must be at least 1");
    }
    Path certificate = out.resolve("cert.pem");
    Path key = out.resolve("key.pem");
    if (!force && (Files.exists(certificate) || Files.exists(key))) {
      throw new IOException(
          certificate + " or " + key + " is there already; --force writes over them");
    }
    SelfSigned made;
    try {
      made = SelfSigned.make(names, addresses, Duration.ofDays(days));
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
    made.write(certificate, key);
    out().println(certificate + " and " + key + ", valid until " + made.end());
    out().println("pin=" + made.pin());
    return ExitStatus.OK;
  }
}
