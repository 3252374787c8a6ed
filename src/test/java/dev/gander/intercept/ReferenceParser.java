package dev.gander.intercept;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What lan_ingress must do with a frame on an interface without address, said a second time,
 * plainly and by another hand than parse.h: the name of the counter that must move, or "untouched".
 */
final class ReferenceParser {

  static final String UNTOUCHED = "untouched";

  private static final int BEYOND = -1;

  private ReferenceParser() {}

  static String verdict(byte[] frame) {
    int at = 12;
    int proto = u16(frame, at);
    int tags = 0;
    while (proto == 0x8100 || proto == 0x88a8) {
      if (tags == 2) {
        return "passed_vlan_depth";
      }
      tags++;
      at += 4;
      proto = u16(frame, at);
    }
    String shape =
        switch (proto) {
          case 0x0800 -> ipv4(frame, at + 2);
          case 0x86dd -> ipv6(frame, at + 2);
          default -> UNTOUCHED;
        };
    boolean forUs = Arrays.equals(frame, 0, 6, new byte[6], 0, 6);
    if (shape.equals(UNTOUCHED) || shape.equals("passed_extensions") || forUs) {
      return shape;
    }
    return "passed_not_for_us";
  }

  private static String ipv4(byte[] frame, int at) {
    if (frame.length < at + 20 || (frame[at] & 0xf0) != 0x40 || frame[at + 9] != 17) {
      return UNTOUCHED;
    }
    int header = 4 * (frame[at] & 0xf);
    int fragment = u16(frame, at + 6);
    if (header < 20 || (fragment & 0x1fff) != 0) {
      return UNTOUCHED;
    }
    return udp(frame, at + header, at + u16(frame, at + 2), (fragment & 0x2000) != 0);
  }

  private static String ipv6(byte[] frame, int at) {
    if (frame.length < at + 40 || (frame[at] & 0xf0) != 0x60) {
      return UNTOUCHED;
    }
    int end = at + 40 + u16(frame, at + 4);
    int next = frame[at + 6] & 0xff;
    boolean fragment = false;
    int header = at + 40;
    for (int extensions = 0; next != 17; extensions++) {
      if (next != 0 && next != 43 && next != 44 && next != 60) {
        return UNTOUCHED;
      }
      if (frame.length < header + 4) {
        return UNTOUCHED;
      }
      if (next == 44) {
        if ((u16(frame, header + 2) & 0xfff8) != 0) {
          return UNTOUCHED;
        }
        fragment = (u16(frame, header + 2) & 1) != 0;
      } else if (next == 43 && frame[header + 3] != 0) {
        return UNTOUCHED;
      }
      if (extensions == 6) {
        return "passed_extensions";
      }
      int length = next == 44 ? 8 : 8 * (1 + (frame[header + 1] & 0xff));
      next = frame[header] & 0xff;
      header += length;
    }
    return udp(frame, header, end, fragment);
  }

  private static String udp(byte[] frame, int at, int end, boolean fragment) {
    if (u16(frame, at) == BEYOND || u16(frame, at + 2) != 53) {
      return UNTOUCHED;
    }
    if (fragment) {
      return "passed_fragment";
    }
    int length = u16(frame, at + 4);
    boolean lengthsHold =
        frame.length >= at + 8 && length >= 20 && at + length <= Math.min(end, frame.length);
    return lengthsHold ? "queries" : "dropped_malformed";
  }

  private static int u16(byte[] frame, int at) {
    return at + 2 > frame.length ? BEYOND : ByteBuffer.wrap(frame).getShort(at) & 0xffff;
  }
}
