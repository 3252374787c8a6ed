package dev.gander.demo;

import dev.gander.clock.Clock;
import dev.gander.daemon.Failures;
import dev.gander.daemon.StartException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;

/** Shows on real packets what gander does, and checks each claim. */
public final class Demo {

  private final Story story;
  private final boolean root;
  private final Clock clock;
  private final Launcher launcher;

  /**
   * A demo that writes to {@code out}, in a process of its own.
   *
   * @param root whether this process may make network namespaces
   */
  public Demo(
      PrintWriter out,
      boolean colours,
      boolean root,
      Clock clock,
      Map<String, String> environment) {
    this.story = new Story(out, colours, root);
    this.root = root;
    this.clock = clock;
    this.launcher = Launcher.find(environment);
  }

  /**
   * Tells the whole story to root, the half that needs no rights to anyone else.
   *
   * @param wait called before the lab is taken down, so that people can look around in it
   * @return whether every claim held
   * @throws StartException if the machine lacks what the story needs
   */
  public boolean tell(Runnable wait) throws StartException {
    story.title("gander: what one DNS query goes through, on real packets");
    Lab lab = new Lab(clock);
    // Ctrl-C and SIGTERM come through here too: nothing of the lab outlives the demo.
    Thread cleaner = new Thread(lab::close, "gander-demo-cleaner");
    Runtime.getRuntime().addShutdownHook(cleaner);
    try {
      if (root) {
        List<String> removed = Lab.removeLeftovers();
        if (!removed.isEmpty()) {
          story.say("(removed what a killed demo left: " + String.join(", ", removed) + ")");
        }
        checkTools();
      }
      lab.makeFolder();
      if (root) {
        new RouterStory(story, lab, launcher).tell(wait);
      } else {
        new LoopbackStory(story, lab, launcher, clock).tell(wait);
      }
    } catch (IOException | DemoFailure e) {
      story.check(false, "the story can be told: " + message(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      story.check(false, "the story can be told to its end");
    } finally {
      lab.close();
    }
    if (root) {
      nothingIsLeft(lab);
    }
    return sum();
  }

  private static String message(Exception e) {
    return e instanceof IOException ? Failures.reason(e) : String.valueOf(e.getMessage());
  }

  private static void checkTools() throws StartException {
    List<String> missing =
        List.of("ip", "nsenter", "unbound", "kdig", "bpftool").stream()
            .filter(tool -> !Tool.run("sh", "-c", "command -v " + tool).ok())
            .toList();
    if (!missing.isEmpty()) {
      throw new StartException(
          "the demo needs "
              + String.join(", ", missing)
              + "; on Debian: apt-get install iproute2 util-linux unbound knot-dnsutils bpftool");
    }
  }

  private void nothingIsLeft(Lab lab) {
    story.step("The demo is over: what is left on this machine?");
    story.run("ip netns list");
    List<String> remains = lab.ownRemains();
    story.check(remains.isEmpty(), "no namespace and no file of this demo is left " + remains);
  }

  private boolean sum() {
    story.blankLine();
    boolean all = story.broken() == 0;
    story.title(
        all
            ? "All " + story.held() + " claims held."
            : story.broken() + " of " + (story.held() + story.broken()) + " claims did not hold.");
    return all;
  }
}
