package dev.gander;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Holds the code against the room table of docs/ARCHITECTURE.md. */
class ArchitectureTest {

  private static final String BASE = "dev.gander";
  private static final Pattern ROW =
      Pattern.compile("\\| `(\\w+)` \\| [^|]+ \\| ([^|]+) \\| ([^|]*) \\|");
  private static final Pattern DOOR = Pattern.compile("`(\\w+)`");
  private static final JavaClasses CODE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(BASE);
  private static final Map<String, Room> ROOMS = readTable(Path.of("docs/ARCHITECTURE.md"));

  record Room(String name, Set<String> mayUse, Set<String> doors) {}

  @Test
  void everyRoomHasARowAndEveryRowARoom() {
    Set<String> packages = new TreeSet<>();
    for (JavaClass type : CODE) {
      if (!type.getPackageName().equals(BASE)) {
        packages.add(type.getPackageName().substring(BASE.length() + 1));
      }
    }
    assertThat(packages).isEqualTo(new TreeSet<>(ROOMS.keySet()));
  }

  @TestFactory
  Stream<DynamicTest> aRoomUsesOnlyTheRoomsItsRowNames() {
    return ROOMS.values().stream()
        .map(room -> DynamicTest.dynamicTest(room.name(), () -> checkArrows(room)));
  }

  private static void checkArrows(Room room) {
    List<String> forbidden = new ArrayList<>();
    for (String other : ROOMS.keySet()) {
      if (!other.equals(room.name()) && !room.mayUse().contains(other)) {
        forbidden.add(packageOf(other));
      }
    }
    if (!forbidden.isEmpty()) {
      noClasses()
          .that(resideInAPackage(packageOf(room.name())))
          .should()
          .dependOnClassesThat(resideInAnyPackage(forbidden.toArray(String[]::new)))
          .check(CODE);
    }
  }

  @Test
  void roomsAreFreeOfCycles() {
    slices().matching(BASE + ".(*)..").should().beFreeOfCycles().check(CODE);
  }

  @TestFactory
  Stream<DynamicTest> theDoorsOfARoomAreItsPublicTypes() {
    return ROOMS.values().stream()
        .map(room -> DynamicTest.dynamicTest(room.name(), () -> checkDoors(room)));
  }

  private static void checkDoors(Room room) {
    Set<String> publicTypes = new TreeSet<>();
    for (JavaClass type : CODE) {
      if (type.getPackageName().equals(packageOf(room.name()))
          && type.isTopLevelClass()
          && type.getModifiers().contains(JavaModifier.PUBLIC)) {
        publicTypes.add(type.getSimpleName());
      }
    }
    assertThat(publicTypes).isEqualTo(new TreeSet<>(room.doors()));
  }

  @Test
  void onlyTheKernelRoomCallsForeignFunctions() {
    noClasses()
        .that()
        .resideOutsideOfPackage(packageOf("kernel"))
        .should()
        .dependOnClassesThat(resideInAPackage("java.lang.foreign.."))
        .check(CODE);
  }

  @Test
  void theDecidingRoomsOwnNoSocket() {
    noClasses()
        .that()
        .resideInAnyPackage(
            packageOf("controller"), packageOf("route"), packageOf("cache"), packageOf("message"))
        .should()
        .dependOnClassesThat(resideInAnyPackage("java.nio.channels..", "javax.net.."))
        .allowEmptyShould(true)
        .check(CODE);
  }

  @Test
  void onlyTheClockRoomReadsTheSystemsClocks() {
    noClasses()
        .that()
        .resideOutsideOfPackage(packageOf("clock"))
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(java.time.Instant.class, "now")
        .orShould()
        .callMethod(Thread.class, "sleep", long.class)
        .orShould()
        .callMethod(Thread.class, "sleep", java.time.Duration.class)
        .check(CODE);
  }

  @Test
  void staticFieldsAreFinal() {
    classes()
        .that()
        .resideInAPackage(BASE + "..")
        .should(
            new ArchCondition<JavaClass>("have only final static fields") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                type.getFields().stream()
                    .filter(field -> field.getModifiers().contains(JavaModifier.STATIC))
                    .filter(field -> !field.getModifiers().contains(JavaModifier.FINAL))
                    .filter(field -> !field.getModifiers().contains(JavaModifier.SYNTHETIC))
                    .forEach(field ->
                        events.add(
                            SimpleConditionEvent.violated(
                                field, field.getFullName() + " is static and not final")));
              }
            })
        .check(CODE);
  }

  private static String packageOf(String room) {
    return BASE + "." + room;
  }

  private static Map<String, Room> readTable(Path page) {
    Map<String, Room> rooms = new LinkedHashMap<>();
    try (Stream<String> lines = Files.lines(page)) {
      for (String line : lines.toList()) {
        Matcher row = ROW.matcher(line);
        if (row.matches()) {
          Set<String> mayUse = new TreeSet<>(List.of(row.group(2).strip().split("\\s+")));
          Set<String> doors = new TreeSet<>();
          DOOR.matcher(row.group(3)).results().forEach(door -> doors.add(door.group(1)));
          rooms.put(row.group(1), new Room(row.group(1), mayUse, doors));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertThat(rooms).as("rows of the room table").isNotEmpty();
    return rooms;
  }
}
