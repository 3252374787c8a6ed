package dev.gander.local;

import dev.gander.message.Answer;
import dev.gander.message.Name;
import dev.gander.message.Question;
import dev.gander.message.RecordType;
import dev.gander.message.Request;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Names that are answered here: those of {@code hosts}, those of a hosts file, and those that are
 * for no public server. Any thread may look, without allocation; {@link #refresh} is for one.
 */
public final class LocalNames {

  private static final System.Logger LOG = System.getLogger("dev.gander.local");

  /** The stamp of a file that is not there. */
  private static final String GONE = "gone";

  private final HostTable own;
  private final SpecialNames special = new SpecialNames();
  private final Optional<Path> file;
  private final Designated.Told[] designated;
  private volatile HostTable fromFile = HostTable.EMPTY;
  private String stamp = "";

  /** No hosts; what is for no public server is answered all the same. */
  public static LocalNames withoutHosts() {
    return new LocalNames(HostTable.EMPTY, Optional.empty(), List.of());
  }

  private LocalNames(HostTable own, Optional<Path> file, List<Designated> designated) {
    this.own = own;
    this.file = file;
    this.designated = Designated.told(designated);
  }

  /**
   * Reads the file, if there is one to be read.
   *
   * @param hosts by name, lower case, {@code *.} before it for all names below; with addresses
   * @param file as hosts(5) has it
   */
  public static LocalNames of(Map<String, List<InetAddress>> hosts, Optional<Path> file) {
    return of(hosts, file, List.of());
  }

  /**
   * As the other.
   *
   * @param designated encrypted ways to this resolver, the best first
   */
  public static LocalNames of(
      Map<String, List<InetAddress>> hosts, Optional<Path> file, List<Designated> designated) {
    HostTable.Builder own = new HostTable.Builder();
    hosts.forEach((name, addresses) -> addresses.forEach(it -> addOwn(own, name, it)));
    LocalNames names = new LocalNames(own.build(), file, designated);
    names.refresh();
    return names;
  }

  private static void addOwn(HostTable.Builder table, String text, InetAddress address) {
    if (text.startsWith("*.")) {
      table.addBelow(Name.toWire(text.substring(2)), address);
    } else {
      byte[] name = Name.toWire(text);
      table.add(name, address);
      table.addReverse(address, name);
    }
  }

  /** What hosts say of the name; null if they do not know it. */
  public @Nullable Answer host(Request request) {
    if (request.qclass() != Question.CLASS_IN) {
      return null;
    }
    Answer answer = own.find(request);
    return answer == null ? fromFile.find(request) : answer;
  }

  /**
   * What is said of a name that is not for public servers (RFC 6761, RFC 6303); null if it is an
   * ordinary one.
   *
   * @param insideServer the question is on its way to a server with a private address, which the
   *     client chose and which may know names of this network
   */
  public @Nullable Answer special(Request request, boolean insideServer) {
    if (request.qclass() != Question.CLASS_IN) {
      return null;
    }
    if (request.type() == RecordType.SVCB) {
      for (Designated.Told each : designated) {
        if (each.isAsked(request)) {
          return each.answer();
        }
      }
    }
    return special.find(request, insideServer);
  }

  /** Sees a name of hosts. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * Called for each name.
     *
     * @param name lower-cased wire name
     * @param below whether it stands for the names below it, not for itself
     */
    void name(byte[] name, boolean below);
  }

  /** Shows the names of hosts, reverse ones too. */
  public void forEach(Visitor visitor) {
    own.forEach(visitor);
    fromFile.forEach(visitor);
  }

  /** Names of hosts, reverse ones too. */
  public int size() {
    return own.size() + fromFile.size();
  }

  /**
   * Reads the file anew if it has changed. A file that cannot be read leaves what was read before,
   * with a warning; one that is gone has no names.
   *
   * @return whether names have changed
   */
  public synchronized boolean refresh() {
    if (file.isEmpty()) {
      return false;
    }
    Path path = file.get();
    String now = stamp(path);
    if (now.equals(stamp)) {
      return false;
    }
    stamp = now;
    try {
      HostsFile.Content content =
          now.equals(GONE)
              ? new HostsFile.Content(HostTable.EMPTY, 0, "")
              : HostsFile.read(path, HostsFile.MAX_NAMES);
      fromFile = content.table();
      tell(path, content);
      return true;
    } catch (IOException e) {
      LOG.log(Level.WARNING, "{0} cannot be read, its names stay as they were: {1}", path, e);
      return false;
    }
  }

  private static void tell(Path path, HostsFile.Content content) {
    if (content.skipped() > 0) {
      LOG.log(
          Level.WARNING,
          "{0}: {1} {2} skipped, the first is {3}",
          path,
          content.skipped(),
          content.skipped() == 1 ? "line is" : "lines are",
          content.firstSkipped());
    }
    LOG.log(Level.DEBUG, "{0}: {1} names", path, content.table().size());
  }

  /** What changes when the file does. */
  private static String stamp(Path path) {
    try {
      BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
      return now.lastModifiedTime() + " " + now.size() + " " + now.fileKey();
    } catch (NoSuchFileException e) {
      return GONE;
    } catch (IOException e) {
      return "unreadable: " + e;
    }
  }
}
