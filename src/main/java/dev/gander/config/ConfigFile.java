package dev.gander.config;

import dev.gander.config.Syntax.Section;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The door of the room: a file, or a text, becomes checked settings.
 *
 * @param warnings in the order of files and lines
 */
public record ConfigFile(Settings settings, List<Diagnostic> warnings) {

  /**
   * Reads a file and all it includes.
   *
   * @throws ConfigException if anything in them is wrong; it tells everything that is
   * @throws IOException if the file cannot be read; an included one that cannot is an error of the
   *     configuration
   */
  public static ConfigFile load(Path file) throws ConfigException, IOException {
    Problems problems = new Problems();
    List<Section> sections = new SourceFiles(file, problems).sections();
    return checked(sections, new Place(file.toString(), 1, 1), problems);
  }

  /**
   * Reads a text that stands in no file; it can include nothing.
   *
   * @param name what places call it
   * @throws ConfigException if anything in it is wrong; it tells everything that is
   */
  public static ConfigFile parse(String text, String name) throws ConfigException {
    Problems problems = new Problems();
    problems.open(name);
    List<Section> sections = Parser.parse(name, text, problems);
    for (Section section : sections) {
      if (section.name().equals("include") && !section.entries().isEmpty()) {
        problems.error(section.place(), "only a file can include others", "");
      }
    }
    return checked(sections, new Place(name, 1, 1), problems);
  }

  private static ConfigFile checked(List<Section> sections, Place start, Problems problems)
      throws ConfigException {
    Settings settings = Meaning.of(sections, start, problems);
    List<Diagnostic> told = problems.inOrder();
    if (problems.hasErrors()) {
      throw new ConfigException(told);
    }
    return new ConfigFile(settings, told);
  }

  /**
   * What runs where no file is given: listens on UDP and TCP 127.0.0.1:5300, asks the system's
   * resolvers in turn, over UDP, and over TCP where an answer is too long for that.
   *
   * @param resolvers literal addresses, as of {@code /etc/resolv.conf}; none: 127.0.0.1:53, as
   *     resolv.conf(5) has it
   */
  public static Settings builtIn(List<InetSocketAddress> resolvers) {
    List<InetSocketAddress> asked =
        resolvers.isEmpty()
            ? List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 53))
            : resolvers;
    StringBuilder upstreams = new StringBuilder();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      InetSocketAddress resolver = asked.get(i);
      String host = resolver.getAddress().getHostAddress();
      int zone = host.indexOf('%');
      host = zone < 0 ? host : host.substring(0, zone);
      names.add("resolver" + (i + 1));
      upstreams.append(
          "    resolver%d: 'tcp+udp://%s:%d'%n"
              .formatted(
                  i + 1, host.indexOf(':') < 0 ? host : "[" + host + "]", resolver.getPort()));
    }
    String text =
        """
        global { }
        dns {
          bind: 'tcp+udp://127.0.0.1:5300'
          upstream {
        %s  }
          upstream_group { system { upstream: %s } }
          routing { request { fallback: system } }
        }
        routing { fallback: direct }
        """
            .formatted(upstreams, String.join(", ", names));
    try {
      return parse(text, "<built-in>").settings();
    } catch (ConfigException e) {
      throw new IllegalStateException("the built-in configuration is wrong", e);
    }
  }
}
