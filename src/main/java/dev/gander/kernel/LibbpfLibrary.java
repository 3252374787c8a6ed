package dev.gander.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;

/**
 * Finds the library before {@link Libbpf} is initialised, because what a class initialiser throws
 * reaches people wrapped and without its remedy.
 */
final class LibbpfLibrary {

  static final String NAME = "libbpf.so.1";

  private LibbpfLibrary() {}

  /** The symbols of shared library {@code name}; throws ENOENT with the remedy. */
  static SymbolLookup require(String name) {
    try {
      return SymbolLookup.libraryLookup(name, Arena.global());
    } catch (IllegalArgumentException e) {
      throw new KernelException(
          name
              + " is not installed; it loads the eBPF programs. Install it: apt install libbpf1"
              + " (Debian 12+, Ubuntu 24.04+), dnf install libbpf, pacman -S libbpf, apk add libbpf",
          Errno.ENOENT);
    }
  }
}
