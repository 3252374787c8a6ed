package dev.gander.doctor;

import dev.gander.daemon.Failures;
import dev.gander.doctor.Finding.Level;
import dev.gander.kernel.KernelException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Collects findings in the order in which they are made. */
final class Report {

  private final List<Finding> findings = new ArrayList<>();

  /** Something to look at, which may not be seen. */
  interface Look {
    void look() throws IOException;
  }

  void ok(String subject, String text) {
    findings.add(new Finding(Level.OK, subject, text, ""));
  }

  void warning(String subject, String text, String remedy) {
    findings.add(new Finding(Level.WARNING, subject, text, remedy));
  }

  void wrong(String subject, String text, String remedy) {
    findings.add(new Finding(Level.WRONG, subject, text, remedy));
  }

  /** Looks; that nothing can be seen is a finding, too. */
  void look(String subject, Look look) {
    try {
      look.look();
    } catch (IOException | KernelException e) {
      warning(subject, "could not be looked at: " + Failures.reason(e), "");
    }
  }

  List<Finding> findings() {
    return List.copyOf(findings);
  }
}
