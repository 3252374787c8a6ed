package dev.gander.config;

import dev.gander.config.Syntax.Literal;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The names of DNS record types, from IANA's registry. */
final class QueryTypes {

  private static final String REGISTRY =
      "A=1 NS=2 MD=3 MF=4 CNAME=5 SOA=6 MB=7 MG=8 MR=9 NULL=10 WKS=11 PTR=12 HINFO=13 MINFO=14"
          + " MX=15 TXT=16 RP=17 AFSDB=18 X25=19 ISDN=20 RT=21 NSAP=22 NSAP-PTR=23 SIG=24 KEY=25"
          + " PX=26 GPOS=27 AAAA=28 LOC=29 NXT=30 EID=31 NIMLOC=32 SRV=33 ATMA=34 NAPTR=35 KX=36"
          + " CERT=37 A6=38 DNAME=39 SINK=40 OPT=41 APL=42 DS=43 SSHFP=44 IPSECKEY=45 RRSIG=46"
          + " NSEC=47 DNSKEY=48 DHCID=49 NSEC3=50 NSEC3PARAM=51 TLSA=52 SMIMEA=53 HIP=55 NINFO=56"
          + " RKEY=57 TALINK=58 CDS=59 CDNSKEY=60 OPENPGPKEY=61 CSYNC=62 ZONEMD=63 SVCB=64 HTTPS=65"
          + " SPF=99 UINFO=100 UID=101 GID=102 UNSPEC=103 NID=104 L32=105 L64=106 LP=107 EUI48=108"
          + " EUI64=109 NXNAME=128 TKEY=249 TSIG=250 IXFR=251 AXFR=252 MAILB=253 MAILA=254 ANY=255"
          + " URI=256 CAA=257 AVC=258 DOA=259 AMTRELAY=260 RESINFO=261 WALLET=262 CLA=263 IPN=264"
          + " TA=32768 DLV=32769";

  private static final Map<String, Integer> NUMBERS = read();

  private QueryTypes() {}

  private static Map<String, Integer> read() {
    Map<String, Integer> numbers = new TreeMap<>();
    for (String pair : REGISTRY.split(" ", -1)) {
      int equal = pair.indexOf('=');
      numbers.put(pair.substring(0, equal), Integer.valueOf(pair.substring(equal + 1)));
    }
    return numbers;
  }

  /** The type's number: by name in any letter case, by number, or as {@code TYPE65} (RFC 3597). */
  static int number(Literal literal) throws BadValue {
    String name = literal.text().strip().toUpperCase(Locale.ROOT);
    Integer known = NUMBERS.get(name.equals("*") ? "ANY" : name);
    if (known != null) {
      return known;
    }
    String digits = name.startsWith("TYPE") ? name.substring(4) : name;
    if (!digits.matches("\\d{1,9}|0X[0-9A-F]{1,8}")) {
      throw new BadValue(
          literal.place(),
          "unknown record type `" + Text.shortened(literal.text()) + "`",
          Suggestions.forName(name, NUMBERS.keySet()));
    }
    Literal number = new Literal(digits.replace('X', 'x'), literal.quoted(), literal.place());
    return (int) Quantities.wholeNumber(number, 0, 65535, "a type from 0 to 65535");
  }
}
