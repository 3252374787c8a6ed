package dev.gander.scenario;

import dev.gander.clock.FakeClock;
import dev.gander.config.ConfigException;
import dev.gander.daemon.StoryGander;
import dev.gander.dial.FakeNetwork;
import dev.gander.observe.Counter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.ClientSubnetOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;

/** One story, told line by line on a clock of its own. The language: docs/TESTING.md. */
final class Story implements AutoCloseable {

  private static final Pattern ASKS =
      Pattern.compile("client (\\S+) (asks|sends) (.+?)(?: as (\\w+))?");
  private static final Pattern MANY = Pattern.compile("(\\d+) clients ask (.+)");
  private static final Pattern EXPECT = Pattern.compile("expect(?: (\\w+):)? (.+)");
  private static final Pattern SERVER = Pattern.compile("server (\\S+) at (\\S+)");
  private static final Pattern TIME = Pattern.compile("time passes (.+)");
  private static final Pattern COUNTER = Pattern.compile("counter (\\w+) is (\\d+)");
  private static final Pattern ASKED =
      Pattern.compile(
          "(\\S+) was asked (\\d+) times?(?: by (udp|tcp))?(?: for (\\S+)(?: (\\S+))?)?");
  private static final Pattern LAST = Pattern.compile("(\\S+) was last asked (.+)");
  private static final Pattern MOOD =
      Pattern.compile("(\\S+) (is silent|is up|refuses|is unreachable)(?: by (udp|tcp))?");
  private static final Pattern LOSES = Pattern.compile("(\\S+) loses the next (\\d+) packets?");
  private static final Pattern SLOW = Pattern.compile("(\\S+) takes (.+)");
  private static final Pattern ANSWERS = Pattern.compile("(\\S+) answers (.+)");

  /** The longest a client waits for its answer, longer than any budget. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final FakeClock clock = new FakeClock();
  private final Internet internet = new Internet();
  private final FakeNetwork network = new FakeNetwork(clock, internet);
  private final Map<Integer, String> interfaces = new HashMap<>();
  private final Map<String, List<Ask>> named = new HashMap<>();
  private final GeoData geodata;
  private final Path folder;
  private final String file;
  private final List<String> lines;
  private List<Ask> last = List.of();
  private @Nullable StoryGander running;
  private int ids = 1;
  private int at;

  Story(String file, List<String> lines, Path folder) {
    this.file = file;
    this.lines = lines;
    this.folder = folder;
    geodata = new GeoData(folder);
  }

  /** Tells it. */
  void tell() throws InterruptedException {
    while (at < lines.size()) {
      int line = at;
      try {
        step(lines.get(at++).strip());
      } catch (AssertionError | RuntimeException | ConfigException | IOException e) {
        throw new AssertionError(file + ":" + (line + 1) + ": " + e.getMessage(), e);
      }
    }
    everyQueryIsAccountedFor();
  }

  @SuppressWarnings(
      "AssignmentExpression") // one line a kind of line: reads like the page that lists them
  private void step(String line) throws InterruptedException, ConfigException, IOException {
    Matcher matcher;
    if (line.isEmpty() || line.startsWith("#") || line.startsWith("title ")) {
      return;
    } else if (line.equals("config")) {
      running = new StoryGander(block(), file, folder, clock, network, interfaces);
    } else if (line.equals("reload")) {
      gander().reload(block(), file);
    } else if (line.startsWith("geosite ") || line.startsWith("geoip ")) {
      geodata.add(Words.of(line));
    } else if ((matcher = SERVER.matcher(line)).matches()) {
      internet.add(new StoryServer(matcher.group(1), Words.address(matcher.group(2))));
    } else if ((matcher = ASKS.matcher(line)).matches()) {
      asks(matcher);
    } else if ((matcher = MANY.matcher(line)).matches()) {
      last = new ArrayList<>();
      for (int i = 0; i < Integer.parseInt(matcher.group(1)); i++) {
        last.add(ask("10.0.0." + (10 + i), matcher.group(2)));
      }
      run();
    } else if (line.equals("expect nothing yet")) {
      last.forEach(ask -> require(!ask.done(), "there is an answer"));
    } else if ((matcher = EXPECT.matcher(line)).matches()) {
      expect(matcher);
    } else if ((matcher = TIME.matcher(line)).matches()) {
      pass(Words.duration(matcher.group(1)));
    } else if ((matcher = COUNTER.matcher(line)).matches()) {
      run();
      Counter counter = Counter.valueOf(matcher.group(1).toUpperCase(Locale.ROOT));
      long is = gander().counters().get(counter);
      require(is == Long.parseLong(matcher.group(2)), "it is " + is);
    } else if (line.contains(" was ")) {
      run();
      wasAsked(line);
    } else {
      server(line);
    }
  }

  @SuppressWarnings(
      "AssignmentExpression") // one line a kind of line: reads like the page that lists them
  private void server(String line) {
    Matcher matcher;
    if ((matcher = MOOD.matcher(line)).matches()) {
      StoryServer.Mood mood =
          switch (matcher.group(2)) {
            case "is silent" -> StoryServer.Mood.SILENT;
            case "refuses" -> StoryServer.Mood.REFUSES;
            case "is up" -> StoryServer.Mood.UP;
            default -> StoryServer.Mood.UNREACHABLE;
          };
      String by = matcher.group(3);
      server(matcher).is(mood, !"tcp".equals(by), !"udp".equals(by));
    } else if ((matcher = LOSES.matcher(line)).matches()) {
      server(matcher).losesNext(Integer.parseInt(matcher.group(2)));
    } else if ((matcher = SLOW.matcher(line)).matches()) {
      server(matcher).answersAfter(Words.duration(matcher.group(2)).toNanos());
    } else if ((matcher = ANSWERS.matcher(line)).matches()) {
      server(matcher).says(ScriptedReply.parse(matcher.group(2)));
    } else {
      throw new IllegalArgumentException("not a line of a story: `" + line + "`");
    }
  }

  private StoryGander gander() {
    return Objects.requireNonNull(running, "a story begins with `config`");
  }

  private StoryServer server(Matcher matcher) {
    return internet
        .named(matcher.group(1))
        .orElseThrow(() -> new IllegalArgumentException("no server is called " + matcher.group(1)));
  }

  /** The lines up to {@code end}. */
  private String block() {
    StringBuilder text = new StringBuilder();
    while (!lines.get(at).strip().equals("end")) {
      text.append(lines.get(at++)).append('\n');
    }
    at++;
    return text.toString();
  }

  private void asks(Matcher matcher) throws InterruptedException {
    Ask ask;
    if (matcher.group(2).equals("sends")) {
      ask = Ask.raw(Words.address(matcher.group(1)), matcher.group(3), clock.nanoTime());
      hand(ask);
    } else {
      ask = ask(matcher.group(1), matcher.group(3));
    }
    last = List.of(ask);
    if (matcher.group(4) != null) {
      named.put(matcher.group(4), last);
    }
    run();
  }

  private Ask ask(String from, String text) {
    Ask ask =
        Ask.of(Words.address(from), ids++, Words.of(text), this::interfaceIndex, clock.nanoTime());
    hand(ask);
    return ask;
  }

  private void hand(Ask ask) {
    gander().receive(ask.wire, ask.client, reply -> ask.answered(reply, clock.nanoTime()));
  }

  private int interfaceIndex(String name) {
    int index = 2 + Math.floorMod(name.hashCode(), 1000);
    interfaces.put(index, name);
    return index;
  }

  private void expect(Matcher matcher) throws InterruptedException {
    List<Ask> asks =
        matcher.group(1) == null ? last : named.getOrDefault(matcher.group(1), List.of());
    require(!asks.isEmpty(), "nobody has asked");
    long limit = clock.nanoTime() + PATIENCE.toNanos();
    while (!asks.stream().allMatch(Ask::done)) {
      require(advance(limit), "no answer within " + PATIENCE.toSeconds() + " s");
    }
    Expectation expectation = Expectation.parse(matcher.group(2));
    asks.forEach(expectation::check);
  }

  /** Until nothing more happens at this moment. */
  private void run() throws InterruptedException {
    do {
      clock.settle();
    } while (network.runDue());
  }

  private void pass(Duration duration) throws InterruptedException {
    long until = clock.nanoTime() + duration.toNanos();
    run();
    while (advance(until)) {
      // One thing after the other.
    }
  }

  /** To the next moment at which something happens, at most to {@code until}; false if there. */
  private boolean advance(long until) throws InterruptedException {
    run();
    long now = clock.nanoTime();
    if (now >= until) {
      return false;
    }
    long next = Math.min(until, clock.nextDeadline().orElse(until));
    next = Math.min(next, network.nextNanos().orElse(until));
    clock.advance(Duration.ofNanos(Math.max(0, next - now)));
    run();
    return true;
  }

  private void wasAsked(String line) {
    Matcher matcher = ASKED.matcher(line);
    if (matcher.matches()) {
      long count =
          server(matcher).asked().stream()
              .filter(it -> matcher.group(3) == null || it.tcp() == matcher.group(3).equals("tcp"))
              .filter(it ->
                  matcher.group(4) == null
                      || it.query()
                          .getQuestion()
                          .getName()
                          .equals(ScriptedReply.name(matcher.group(4))))
              .filter(it ->
                  matcher.group(5) == null
                      || it.query().getQuestion().getType() == Words.type(matcher.group(5)))
              .count();
      require(count == Long.parseLong(matcher.group(2)), "it was asked " + count + " times");
      return;
    }
    Matcher lastly = LAST.matcher(line);
    if (!lastly.matches()) {
      throw new IllegalArgumentException("not a line of a story: `" + line + "`");
    }
    Message query = server(lastly).asked().getLast().query();
    for (String how : lastly.group(2).split(",\\s*", -1)) {
      require(holds(how, query), "not `" + how + "`:\n" + query);
    }
  }

  private static boolean holds(String how, Message query) {
    OPTRecord opt = query.getOPT();
    List<String> words = Words.of(how);
    return switch (words.getFirst()) {
      case "+do" -> opt != null && opt.getFlags() == Flags.DO;
      case "-do" -> opt == null || opt.getFlags() == 0;
      case "+cd" -> query.getHeader().getFlag(Flags.CD);
      case "-cd" -> !query.getHeader().getFlag(Flags.CD);
      case "+rd" -> query.getHeader().getFlag(Flags.RD);
      case "-rd" -> !query.getHeader().getFlag(Flags.RD);
      case "edns" -> opt != null;
      case "-edns" -> opt == null;
      case "ecs" ->
          opt != null && opt.getOptions().stream().anyMatch(it -> subnet(it).equals(words.get(1)));
      case "-ecs" -> opt == null || opt.getOptions().stream().allMatch(it -> subnet(it).isEmpty());
      default ->
          query.getQuestion().getName().equals(ScriptedReply.name(words.getFirst()))
              && query.getQuestion().getType() == Words.type(words.get(1));
    };
  }

  private static String subnet(Object option) {
    return option instanceof ClientSubnetOption subnet
        ? subnet.getAddress().getHostAddress() + "/" + subnet.getSourcePrefixLength()
        : "";
  }

  private void everyQueryIsAccountedFor() {
    long ended =
        gander().counters().snapshot().entrySet().stream()
            .filter(count -> count.getKey().name().matches("(ANSWERED|REFUSED|DROPPED)_.*"))
            .mapToLong(Map.Entry::getValue)
            .sum();
    long received = gander().counters().get(Counter.RECEIVED);
    require(
        received == ended + gander().inFlight(),
        file
            + ": "
            + received
            + " received, "
            + ended
            + " ended, "
            + gander().inFlight()
            + " under way");
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }

  @Override
  public void close() {
    if (running != null) {
      running.close();
    }
  }

  /** geosite.dat and geoip.dat, written anew with each line. */
  private static final class GeoData {
    private final Path folder;
    private final dev.gander.geodata.DatWriter sites = new dev.gander.geodata.DatWriter();
    private final dev.gander.geodata.DatWriter addresses = new dev.gander.geodata.DatWriter();

    GeoData(Path folder) {
      this.folder = folder;
    }

    void add(List<String> words) throws IOException {
      List<String> rest = words.subList(2, words.size());
      if (words.getFirst().equals("geosite")) {
        sites.site(words.get(1), rest.toArray(String[]::new));
        Files.write(folder.resolve("geosite.dat"), sites.toByteArray());
        return;
      }
      byte[][] bytes = new byte[rest.size()][];
      int[] lengths = new int[rest.size()];
      for (int i = 0; i < rest.size(); i++) {
        String[] parts = rest.get(i).split("/", -1);
        bytes[i] = Words.address(parts[0]).getAddress();
        lengths[i] = Integer.parseInt(parts[1]);
      }
      addresses.ip(words.get(1), false, bytes, lengths);
      Files.write(folder.resolve("geoip.dat"), addresses.toByteArray());
    }
  }
}
