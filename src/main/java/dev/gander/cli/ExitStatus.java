package dev.gander.cli;

/** What a command's exit status means. */
final class ExitStatus {

  static final int OK = 0;

  /** The configuration, or what was asked, is wrong. */
  static final int WRONG_INPUT = 1;

  /** The command line is wrong. */
  static final int WRONG_USAGE = 2;

  /** The machine lacks something: a right, a kernel feature, a free port, a running daemon. */
  static final int MACHINE = 3;

  private ExitStatus() {}
}
