package dev.gander.kernel;

/** Numbers of system calls that only tests make. */
final class TestCalls {

  static final int IOCTL = SystemCall.number(16, 29);
  static final int RECVMSG = SystemCall.number(47, 212);

  private TestCalls() {}
}
