package haze.diffusion.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.nn.unet.UNet;
import haze.nn.unet.UNetConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClassNamesTest {
  private static final ClassNames SHAPES = ClassNames.of(List.of("circle", "square", "triangle"));

  @TempDir Path directory;

  /// A model of three classes and one for none.
  private static UNet network() {
    return new UNet(
        UNetConfig.builder(8, 1).layers(1).channels(8, 16).labels(OptionalInt.of(4)).build());
  }

  private static Pipeline pipeline(ClassNames names) {
    return new Pipeline(network(), PipelineGolden.SHORT, names);
  }

  @Test
  void namesGoWithAPipelineFromDirectoryToDirectory() throws IOException {
    Path first = directory.resolve("first");
    pipeline(SHAPES).save(first);
    assertEquals(
        "{\n  \"0\": \"circle\",\n  \"1\": \"square\",\n  \"2\": \"triangle\"\n}\n",
        Files.readString(first.resolve("classes.json")));
    Path second = directory.resolve("second");
    Pipeline.load(first).save(second);
    assertEquals(SHAPES, Pipeline.load(second).classNames());
    assertTrue(
        Pipeline.describe(second).lines().contains("named       0 circle, 1 square, 2 triangle"),
        Pipeline.describe(second).lines().toString());
    // No key of diffusers' files knows of them.
    Path plain = directory.resolve("plain");
    pipeline(ClassNames.NONE).save(plain);
    for (String file :
        List.of("model_index.json", "unet/config.json", "scheduler/scheduler_config.json")) {
      assertEquals(Files.readString(plain.resolve(file)), Files.readString(first.resolve(file)));
    }
    assertFalse(Files.exists(plain.resolve("classes.json")));
    // Another model in the place of a named one has not its names.
    pipeline(ClassNames.NONE).save(first);
    assertEquals(ClassNames.NONE, Pipeline.load(first).classNames());
  }

  @Test
  void aModelWithoutClassesReadsNoNames() throws IOException {
    new Pipeline(
            new UNet(UNetConfig.builder(8, 1).layers(1).channels(8, 16).build()),
            PipelineGolden.SHORT)
        .save(directory);
    Files.writeString(directory.resolve("classes.json"), "[\"of another program\"]");
    assertEquals(ClassNames.NONE, Pipeline.load(directory).classNames());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"0": "circle"          | line 1, column 15: not valid JSON: Unexpected end-of-input
          ["circle", "square"]    | expected a JSON object, found ["circle","square"]
          {"0": 7}                | 0 is 7, expected a string
          {"1": null}             | 1 is null, expected a string
          {"3": "none"}           | names the class 3, expected 0 to 2 as the network has
          {"-1": "a"}             | names the class -1, expected 0 to 2 as the network has
          {"01": "a"}             | names the class 01, expected 0 to 2 as the network has
          {"99999999999": "a"}    | names the class 99999999999, expected 0 to 2 as the network has
          {"circle": 0}           | names the class circle, expected 0 to 2 as the network has
          {"0": "a", "0": "b"}    | Duplicate field '0'
          """)
  void aDamagedFileIsNamed(String content, String problem) throws IOException {
    pipeline(SHAPES).save(directory);
    Path file = directory.resolve("classes.json");
    Files.writeString(file, content);
    for (var read : List.<Reader>of(Pipeline::load, Pipeline::describe)) {
      String message = assertThrows(IOException.class, () -> read.read(directory)).getMessage();
      assertTrue(message.startsWith(file + ": "), message);
      assertTrue(message.contains(problem), message);
      assertEquals(1, message.lines().count(), message);
    }
  }

  @FunctionalInterface
  private interface Reader {
    Object read(Path directory) throws IOException;
  }

  @Test
  void someNamesAreEnough() throws IOException {
    pipeline(ClassNames.NONE).save(directory);
    Files.writeString(directory.resolve("classes.json"), "{\"2\": \"triangle\"}");
    ClassNames names = Pipeline.load(directory).classNames();
    assertEquals("1", names.name(1));
    assertEquals("class 1", names.caption(1));
    assertEquals("triangle", names.caption(2));
    assertEquals(2, names.label("triangle", 3));
  }

  @Test
  void numbersAndEmptyTextsAreNoNames() {
    assertTrue(ClassNames.of(List.of("0", "1", " 2 ", "", " ")).isEmpty());
    ClassNames fromOne = ClassNames.of(List.of("1", "2"));
    assertEquals(Map.of(0, "1", 1, "2"), fromOne.names());
    assertEquals(0, fromOne.label("1", 2), "the name goes before the number");
    assertEquals(0, fromOne.label("0", 2));
  }

  @Test
  void namesDoNothingToATerminal() {
    ClassNames names =
        ClassNames.of(
            List.of(
                "\u001b[31mred\u0007",
                "two\nlines",
                "a\u202egnp.exe",
                "cut \ud83d",
                "e\u0301te\u0301",
                "猫"));
    assertEquals(
        List.of("?[31mred?", "two?lines", "a?gnp.exe", "cut ?", "\u00e9t\u00e9", "猫"),
        List.copyOf(names.names().values()));
    assertEquals(4, names.label("e\u0301t\u00e9", 6));
    assertEquals(200, ClassNames.of(List.of("x".repeat(100_000))).name(0).length());
    String refusal =
        assertThrows(RequestException.class, () -> names.label("\u001b[2J", 6)).getMessage();
    assertTrue(refusal.startsWith("class is ?[2J, expected ?[31mred?, two?lines, "), refusal);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          cirlce | is cirlce, expected circle, square, triangle, or 0 to 2; did you mean circle?
          Square | is Square, but the model's class is square: upper and lower case count
          dog    | is dog, expected circle, square, triangle, or 0 to 2
          3      | is 3, expected circle, square, triangle, or 0 to 2
          -1     | is -1, expected circle, square, triangle, or 0 to 2
          ''     | is empty, expected circle, square, triangle, or 0 to 2
          """)
  void anUnknownNameIsRefusedWithTheOthers(String text, String problem) {
    assertEquals(
        "class " + problem,
        assertThrows(RequestException.class, () -> SHAPES.label(text, 3)).getMessage());
    assertEquals(1, SHAPES.label("1", 3));
    assertEquals(1, SHAPES.label("square", 3));
  }

  @Test
  void manyNamesAreNotListedAndANameOfSeveralClassesIsNone() {
    ClassNames many =
        ClassNames.of(IntStream.range(0, 30).mapToObj(label -> "name" + label % 29).toList());
    assertEquals(
        "class is nam5, expected 0 to 29, or a name that haze info lists; did you mean name5?",
        assertThrows(RequestException.class, () -> many.label("nam5", 30)).getMessage());
    assertEquals(
        "class is name0, which several classes are named: expected the number, 0 or 29",
        assertThrows(RequestException.class, () -> many.label("name0", 30)).getMessage());
    assertEquals(3, many.lines().stream().filter(line -> line.length() <= 88).count());
  }

  @Test
  void fewClassesStandInSeveralColumnsEach() {
    assertEquals(List.of(0, 1, 2, 3, 0, 1, 2, 3), SampleFigure.row(64, List.of(0, 1, 2, 3)));
    assertEquals(8, SampleFigure.row(64, List.of(0, 1)).size());
    assertEquals(6, SampleFigure.row(66, List.of(0, 1, 2)).size());
    assertEquals(10, SampleFigure.row(70, IntStream.range(0, 10).boxed().toList()).size());
    // Seven rounds: no two of them in a row without a gap.
    assertEquals(List.of(5, 1), SampleFigure.row(14, List.of(5, 1)));
    assertEquals("hot air\nballoon", ClassNames.of(List.of("hot air balloon")).caption(0));
    assertEquals(
        "abcdefghijkl\nmnopqrstuvwx\nyzabcdefgh..",
        ClassNames.of(List.of("abcdefghijklmnopqrstuvwxyz".repeat(2))).caption(0));
  }

  @Test
  void namesOfMoreClassesThanTheNetworkHasAreRefused() {
    var names = new ClassNames(new TreeMap<>(Map.of(3, "none")));
    assertEquals(
        "pipeline: names of 4 classes, but the network has 3",
        assertThrows(IllegalArgumentException.class, () -> pipeline(names)).getMessage());
  }
}
