package dev.gander.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** What must hold for every message, tried with thousands that dnsjava made and dnsjava reads. */
class WirePropertyTest {

  private static final int MESSAGES = 2_000;

  @Test
  void allButIdFlagsSpellingTtlAndOptGoesThroughUnchanged() throws Exception {
    for (int seed = 0; seed < MESSAGES; seed++) {
      RandomMessages random = new RandomMessages(seed);
      Message upstream = random.response();
      Record asked = upstream.getQuestion();
      Message query = random.query(random.respelled(asked.getName()), asked.getType());
      int age = seed % 3 == 0 ? 0 : seed;

      byte[] out = new byte[0xffff];
      Answer answer = Messages.answer(upstream);
      Message reply = Messages.read(out, answer.writeTo(Messages.view(query), age, 0xffff, out));

      String of = "seed " + seed;
      assertThat(reply.getHeader().getID()).as(of).isEqualTo(query.getHeader().getID());
      assertThat(reply.getQuestion().getName().toString())
          .as(of)
          .isEqualTo(query.getQuestion().getName().toString());
      assertThat(reply.getRcode()).as(of).isEqualTo(upstream.getRcode());
      assertThat(reply.getHeader().getFlag(Flags.RD))
          .as(of)
          .isEqualTo(query.getHeader().getFlag(Flags.RD));
      assertThat(reply.getOPT() == null).as(of).isEqualTo(query.getOPT() == null);
      for (int section = Section.ANSWER; section <= Section.ADDITIONAL; section++) {
        assertThat(lines(reply, section, 0)).as(of).isEqualTo(lines(upstream, section, age));
      }
    }
  }

  @Test
  void theImmutableQueryWritesWhatTheViewWrites() {
    for (int seed = 0; seed < MESSAGES; seed++) {
      RandomMessages random = new RandomMessages(seed);
      Message upstream = random.response();
      Record asked = upstream.getQuestion();
      QueryView view =
          Messages.view(random.query(random.respelled(asked.getName()), asked.getType()));
      Answer answer = Messages.answer(upstream);
      byte[] fromView = new byte[1232];
      byte[] fromQuery = new byte[1232];

      int length = answer.writeTo(view, 0, view.answerLimit(Transport.UDP), fromView);
      Query query = view.toQuery(new Client());

      assertThat(answer.writeTo(query, fromQuery)).as("seed " + seed).isEqualTo(length);
      assertThat(fromQuery).as("seed " + seed).isEqualTo(fromView);
      assertThat(query.nameHash()).isEqualTo(view.nameHash());
    }
  }

  @Test
  void aCutAnswerHoldsTheFirstRecordsAndFits() {
    for (int seed = 0; seed < MESSAGES; seed++) {
      RandomMessages random = new RandomMessages(seed);
      Message upstream = random.response();
      Record asked = upstream.getQuestion();
      QueryView view = Messages.view(random.query(asked.getName(), asked.getType()));

      byte[] out = new byte[512];
      int length = Messages.answer(upstream).writeTo(view, 0, 512, out);
      Message reply = Messages.read(out, length);

      List<String> all = new ArrayList<>();
      List<String> kept = new ArrayList<>();
      for (int section = Section.ANSWER; section <= Section.ADDITIONAL; section++) {
        all.addAll(lines(upstream, section, 0));
        kept.addAll(lines(reply, section, 0));
      }
      assertThat(length).isLessThanOrEqualTo(512);
      assertThat(kept).as("seed " + seed).isEqualTo(all.subList(0, kept.size()));
      boolean needed =
          kept.size()
              < lines(upstream, Section.ANSWER, 0).size()
                  + lines(upstream, Section.AUTHORITY, 0).size();
      assertThat(reply.getHeader().getFlag(Flags.TC)).as("seed " + seed).isEqualTo(needed);
    }
  }

  @Test
  void theQuerySentUpstreamAsksTheSameAndNothingMore() {
    for (int seed = 0; seed < MESSAGES; seed++) {
      RandomMessages random = new RandomMessages(seed);
      Record asked = random.response().getQuestion();
      Message query = random.query(asked.getName(), asked.getType());

      byte[] wire = Messages.view(query).toQuery(new Client()).toUpstream();
      Message upstream = Messages.read(wire, wire.length);

      boolean dnssecOk = query.getOPT() != null && query.getOPT().getFlags() == Flags.DO;
      assertThat(upstream.getQuestion()).isEqualTo(query.getQuestion());
      assertThat(upstream.getHeader().getFlag(Flags.CD))
          .isEqualTo(query.getHeader().getFlag(Flags.CD));
      assertThat(upstream.getHeader().getFlag(Flags.RD))
          .isEqualTo(query.getHeader().getFlag(Flags.RD));
      assertThat(upstream.getHeader().getFlag(Flags.AD)).isTrue();
      assertThat(upstream.getOPT()).isEqualTo(new OPTRecord(1232, 0, 0, dnssecOk ? Flags.DO : 0));
      assertThat(upstream.getSection(Section.ADDITIONAL)).hasSize(1);
    }
  }

  @Test
  void damagedResponsesAreReadOrRefusedAndStillFit() {
    byte[] out = new byte[0xffff];
    int read = 0;
    for (int seed = 0; seed < 10 * MESSAGES; seed++) {
      RandomMessages random = new RandomMessages(seed);
      Message upstream = random.response();
      Record asked = upstream.getQuestion();
      byte[] wire = random.damaged(upstream.toWire());
      QueryView view = Messages.view(random.query(asked.getName(), asked.getType()));
      Question question = Question.of(asked.getName().toString(), asked.getType());
      try {
        Answer answer = Answer.parse(wire, 0, wire.length, question);
        assertThat(answer.withTtlBetween(1, 60).aged(3).writeTo(view, 1, 512, out))
            .isBetween(12, 512);
        assertThat(answer.anyAddress((high, low) -> false)).isFalse();
        read++;
      } catch (MalformedMessageException e) {
        assertThat(e).hasMessageMatching("record .*|response .*|not a response.*");
      }
    }
    assertThat(read).isPositive();
  }

  @Test
  void damagedQueriesAlwaysGetAVerdictAndAnAnswerThatFits() {
    byte[] out = new byte[512];
    QueryView view = new QueryView();
    for (int seed = 0; seed < 10 * MESSAGES; seed++) {
      RandomMessages random = new RandomMessages(seed);
      Record asked = random.response().getQuestion();
      byte[] wire = random.damaged(random.query(asked.getName(), asked.getType()).toWire());

      QueryView.Verdict verdict = view.parse(wire, 0, wire.length);

      if (verdict == QueryView.Verdict.OK) {
        assertThat(view.toQuery(new Client()).toString()).isNotEmpty();
      }
      assertThat(view.writeStatus(verdict.rcode(), out)).isBetween(12, 512);
    }
  }

  /** Records as text, OPT left out, TTLs {@code age} lower. */
  private static List<String> lines(Message message, int section, int age) {
    List<String> lines = new ArrayList<>();
    for (Record one : message.getSection(section)) {
      if (one.getType() != RecordType.OPT) {
        lines.add(
            (one.getName() + " " + one.rdataToString()).toLowerCase(java.util.Locale.ROOT)
                + " "
                + one.getType()
                + " "
                + Math.max(0, one.getTTL() - age));
      }
    }
    return lines;
  }
}
