package dev.gander.message;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Numbers and mnemonics of record types. A type is an {@code int} of 16 bits on every path. */
public final class RecordType {

  public static final int A = 1;
  public static final int NS = 2;
  public static final int CNAME = 5;
  public static final int SOA = 6;
  public static final int PTR = 12;
  public static final int MX = 15;
  public static final int TXT = 16;
  public static final int AAAA = 28;
  public static final int SRV = 33;
  public static final int DNAME = 39;
  public static final int OPT = 41;
  public static final int DS = 43;
  public static final int RRSIG = 46;
  public static final int SVCB = 64;
  public static final int HTTPS = 65;
  public static final int TKEY = 249;
  public static final int TSIG = 250;
  public static final int IXFR = 251;
  public static final int AXFR = 252;
  public static final int MAILB = 253;
  public static final int MAILA = 254;
  public static final int ANY = 255;

  private static final String REGISTRY =
      "A 1 NS 2 MD 3 MF 4 CNAME 5 SOA 6 MB 7 MG 8 MR 9 NULL 10 WKS 11 PTR 12 HINFO 13 MINFO 14"
          + " MX 15 TXT 16 RP 17 AFSDB 18 X25 19 ISDN 20 RT 21 NSAP 22 NSAP-PTR 23 SIG 24 KEY 25"
          + " PX 26 GPOS 27 AAAA 28 LOC 29 NXT 30 EID 31 NIMLOC 32 SRV 33 ATMA 34 NAPTR 35 KX 36"
          + " CERT 37 A6 38 DNAME 39 SINK 40 OPT 41 APL 42 DS 43 SSHFP 44 IPSECKEY 45 RRSIG 46"
          + " NSEC 47 DNSKEY 48 DHCID 49 NSEC3 50 NSEC3PARAM 51 TLSA 52 SMIMEA 53 HIP 55 NINFO 56"
          + " RKEY 57 TALINK 58 CDS 59 CDNSKEY 60 OPENPGPKEY 61 CSYNC 62 ZONEMD 63 SVCB 64"
          + " HTTPS 65 DSYNC 66 SPF 99 UINFO 100 UID 101 GID 102 UNSPEC 103 NID 104 L32 105 L64 106"
          + " LP 107 EUI48 108 EUI64 109 TKEY 249 TSIG 250 IXFR 251 AXFR 252 MAILB 253 MAILA 254"
          + " ANY 255 URI 256 CAA 257 AVC 258 DOA 259 AMTRELAY 260 RESINFO 261 WALLET 262 TA 32768"
          + " DLV 32769";

  private static final Map<String, Integer> CODES = new HashMap<>();
  private static final Map<Integer, String> NAMES = new HashMap<>();

  static {
    String[] words = REGISTRY.split(" ", -1);
    for (int i = 0; i < words.length; i += 2) {
      int code = Integer.parseInt(words[i + 1]);
      CODES.put(words[i], code);
      NAMES.put(code, words[i]);
    }
  }

  private RecordType() {}

  /** The mnemonic in capitals; {@code TYPE} and the number where there is none (RFC 3597 § 5). */
  public static String text(int code) {
    String name = NAMES.get(code);
    return name != null ? name : "TYPE" + code;
  }

  /**
   * The number of a mnemonic, of {@code TYPE123}, or of a bare number; letter case does not matter.
   *
   * @return 0 to 65535, or -1 if {@code text} names no type
   */
  public static int code(String text) {
    String upper = text.toUpperCase(Locale.ROOT);
    Integer code = CODES.get(upper);
    if (code != null) {
      return code;
    }
    String digits = upper.startsWith("TYPE") ? upper.substring(4) : upper;
    if (digits.isEmpty()
        || digits.length() > 5
        || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return -1;
    }
    int number = Integer.parseInt(digits);
    return number <= 0xffff ? number : -1;
  }
}
