package dev.gander.message;

import java.util.Arrays;

/** What is asked: name, type and class. Immutable; a map key. */
public final class Question {

  /** The Internet class, the only one in daily use. */
  public static final int CLASS_IN = 1;

  private final byte[] name;
  private final int type;
  private final int qclass;

  /**
   * @param name lower-cased wire form, root label included; not copied, not to be changed after
   */
  Question(byte[] name, int type, int qclass) {
    this.name = name;
    this.type = type;
    this.qclass = qclass;
  }

  /**
   * A question of class IN.
   *
   * @param name text, final dot optional
   * @throws IllegalArgumentException if the text is no domain name
   */
  public static Question of(String name, int type) {
    return new Question(Name.toWire(name), type, CLASS_IN);
  }

  /**
   * A question of any class.
   *
   * @param name lower-cased wire form, root label included; not to be changed after
   * @throws IllegalArgumentException if it is not that
   */
  public static Question ofWire(byte[] name, int type, int qclass) {
    if (Name.length(name, 0, name.length) != name.length) {
      throw new IllegalArgumentException("no name in wire form");
    }
    for (byte b : name) {
      if (Name.lower(b) != b) {
        throw new IllegalArgumentException("a name with capital letters");
      }
    }
    return new Question(name, type, qclass);
  }

  /** Lower-cased wire form, root label included; read only. */
  public byte[] wireName() {
    return name;
  }

  /** The name as text, lower case, without the final dot. */
  public String name() {
    return Name.toText(name, 0);
  }

  /** See {@link RecordType}. */
  public int type() {
    return type;
  }

  public int qclass() {
    return qclass;
  }

  /**
   * Whether the question that starts at {@code offset} (name, type, class) is this one, letter case
   * of the name apart.
   *
   * @param end first byte that is no longer part of the message
   */
  public boolean matches(byte[] wire, int offset, int end) {
    int after = offset + name.length;
    return after + 4 <= end
        && Name.equalsIgnoreCase(wire, offset, name, 0, name.length)
        && Wire.u16(wire, after) == type
        && Wire.u16(wire, after + 2) == qclass;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Question that
        && type == that.type
        && qclass == that.qclass
        && Arrays.equals(name, that.name);
  }

  @Override
  public int hashCode() {
    return (Arrays.hashCode(name) * 31 + type) * 31 + qclass;
  }

  /** For logs: {@code example.org AAAA}. */
  @Override
  public String toString() {
    String text = name() + " " + RecordType.text(type);
    return qclass == CLASS_IN ? text : text + " CLASS" + qclass;
  }
}
