package haze.nn.safetensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.nn.GoldenFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostileFileTest {
  private static final String TENSOR = "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}";

  @TempDir Path directory;

  private String invalid(byte[] content) throws IOException {
    Path path = Files.write(directory.resolve("x.safetensors"), content);
    String message =
        assertThrows(TensorFileException.class, () -> SafetensorsFile.open(path)).getMessage();
    assertTrue(message.startsWith(path + ": "), message);
    return message.substring(path.toString().length() + 2);
  }

  private static byte[] file(long headerLength, byte[] header, int dataBytes) {
    return ByteBuffer.allocate(8 + header.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(headerLength)
        .put(header)
        .array();
  }

  private static byte[] file(String header, int dataBytes) {
    byte[] utf8 = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    return file(utf8.length, utf8, dataBytes);
  }

  private void assertRefused(String expected, String header, int dataBytes) throws IOException {
    assertEquals(expected, invalid(file(header, dataBytes)));
  }

  @Test
  void aMissingFileOrADirectoryIsRefusedWithItsName() {
    Path missing = directory.resolve("no.safetensors");
    assertEquals(
        missing + ": no such file",
        assertThrows(TensorFileException.class, () -> SafetensorsFile.open(missing)).getMessage());
    assertEquals(
        directory + ": not a file",
        assertThrows(TensorFileException.class, () -> SafetensorsFile.open(directory))
            .getMessage());
  }

  @Test
  void aHeaderLongerThanTheFileIsRefused() throws IOException {
    assertEquals(
        "expected the length of a header, 8 bytes, but the file has 7", invalid(new byte[7]));
    byte[] header = "{}".getBytes(StandardCharsets.UTF_8);
    assertEquals(
        "header of 3 bytes, expected at most 2, the rest of the file", invalid(file(3, header, 0)));
    assertEquals(
        "header of 9223372036854775807 bytes, expected at most 2, the rest of the file",
        invalid(file(Long.MAX_VALUE, header, 0)));
    assertEquals(
        "header of 18446744073709551615 bytes, expected at most 2, the rest of the file",
        invalid(file(-1, header, 0)));
  }

  @Test
  void aHeaderBeyondTheLimitIsRefusedAlthoughTheFileIsThatLong() throws IOException {
    Path path = directory.resolve("sparse.safetensors");
    Files.write(path, file(Header.MAX_BYTES + 1, new byte[0], 0));
    try (var channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(1), 2L * Header.MAX_BYTES);
    }
    assertEquals(
        path + ": header of 100000001 bytes, expected at most 100000000",
        assertThrows(TensorFileException.class, () -> SafetensorsFile.open(path)).getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          [1]                     | header, byte 0: expected '{', found '['
          nonsense                | header, byte 0: expected '{', found 'n'
          {                       | header, byte 1: expected '"', found its end
          {"a                     | header, byte 3: expected '"', found its end
          {"a"                    | header, byte 4: expected ':', found its end
          {"a":1}                 | header, byte 5: expected '{', found '1'
          {"a":[[[[[[             | header, byte 5: expected '{', found '['
          {"a":{"dtype":{{{{{     | header, byte 14: expected '"', found '{'
          {"a":{"shape":[[[[[     | header, byte 15: expected a non-negative integer, found '['
          {"a":{"shape":[-1]}}    | header, byte 15: expected a non-negative integer, found '-'
          {"a":{"shape":[01]}}    | header, byte 15: expected a non-negative integer, found '0'
          {"a":{"shape":[]x}}     | header, byte 16: expected ',' or '}', found 'x'
          {"a":{"shape":[1.0]}}   | header, byte 16: expected ',' or ']', found '.'
          {"a":{"shape":[1e3]}}   | header, byte 16: expected ',' or ']', found 'e'
          {"a":{"shape":[1,]}}    | header, byte 17: expected a non-negative integer, found ']'
          {"a":{"shape":[9223372036854775808]}} | header, byte 15: expected an integer below 2^63, found '9'
          {"a":{"size":1}}        | tensor "a": expected dtype, shape and data_offsets, found "size"
          {"a":{}}                | tensor "a": expected dtype, shape and two data_offsets
          {"a":{"dtype":"F32","shape":[0],"data_offsets":[0]}} | tensor "a": expected dtype, shape and two data_offsets
          {"a":{"dtype":"F32","dtype":"F32"}} | tensor "a" has two dtype
          {"__metadata__":null}   | header, byte 16: expected '{', found 'n'
          {"__metadata__":{"a":1}} | header, byte 21: expected '"', found '1'
          {"__metadata__":{"a":"","a":""}} | __metadata__ names "a" twice
          {} {}                   | header, byte 3: expected the end of the header, found '{'
          {"\\x                   | header, byte 3: expected a JSON escape, found 'x'
          {"\\                    | header, byte 3: expected a JSON escape, found its end
          {"\\u00                 | header, byte 6: expected four hexadecimal digits, found its end
          {"\\u00g0               | header, byte 6: expected four hexadecimal digits, found 'g'
          {"\\ud83d"              | header, byte 4: expected a pair of surrogates, found 'd'
          {"\\ude00\\ud83d"       | header, byte 4: expected a pair of surrogates, found 'd'
          """)
  void whatIsNotTheGrammarOfAHeaderIsRefusedWithItsPlace(String header, String message)
      throws IOException {
    assertRefused(message, header, 0);
  }

  @Test
  void aStringThatIsNotUtf8OrHoldsAControlCharacterIsRefused() throws IOException {
    byte[] header = "{\"a?\":{}}".getBytes(StandardCharsets.UTF_8);
    header[3] = (byte) 0xff;
    assertEquals(
        "header, byte 2: expected a string in UTF-8, found 'a'",
        invalid(file(header.length, header, 0)));
    header[3] = '\n';
    assertEquals(
        "header, byte 3: expected no control character in a string, found byte 0x0a",
        invalid(file(header.length, header, 0)));
  }

  @Test
  void escapesGiveTheSameNameAsTheLettersThemselves() throws IOException {
    assertRefused("header names \"a\" twice", "{'a':" + TENSOR + ",'\\u0061':" + TENSOR + "}", 4);
    assertRefused(
        "header names \"\ud83d\ude00/\" twice",
        "{'\ud83d\ude00/':" + TENSOR + ",'\\ud83d\\uDE00\\/':" + TENSOR + "}",
        4);
  }

  @Test
  void aMessageStaysOnOneLineOfModerateLength() throws IOException {
    String name = "\\u001b[31m\\n\\u202e" + "x".repeat(100_000);
    String message = invalid(file("{'" + name + "':{}}", 0));
    assertTrue(message.startsWith("tensor \"?[31m??xxx"), message);
    assertTrue(message.length() < 200, message);
  }

  @Test
  void anUnknownTypeIsRefused() throws IOException {
    assertRefused(
        "tensor \"a\": unknown dtype \"F33\", expected one of " + Arrays.toString(DType.values()),
        "{'a':" + TENSOR.replace("F32", "F33") + "}",
        4);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[2147483648]",
        "[65536, 32768]",
        "[0, 9223372036854775807]",
        "[4294967296, 4294967296, 4294967296]"
      })
  void aShapeThatOverflowsIsRefused(String shape) throws IOException {
    assertRefused(
        "tensor \"a\": shape " + shape + " has more than 2^31-1 elements",
        "{'a':" + TENSOR.replace("[1]", shape) + "}",
        4);
  }

  @Test
  void aShapeOfTooManyAxesIsRefused() throws IOException {
    String shape = "[" + "1,".repeat(64) + "1]";
    assertTrue(
        invalid(file("{'a':" + TENSOR.replace("[1]", shape) + "}", 4))
            .endsWith("expected at most 64 numbers, found '1'"));
  }

  @Test
  void offsetsThatDoNotFitTypeAndShapeAreRefused() throws IOException {
    assertRefused(
        "tensor \"a\": F32 [1] takes 4 bytes, but data_offsets are [0, 8]",
        "{'a':" + TENSOR.replace("[0,4]", "[0,8]") + "}",
        8);
    assertRefused(
        "tensor \"a\": F32 [1] takes 4 bytes, but data_offsets are [8, 4]",
        "{'a':" + TENSOR.replace("[0,4]", "[8,4]") + "}",
        8);
    assertRefused(
        "tensor \"a\": F32 [0] takes 0 bytes, but data_offsets are [9223372036854775807, " + "0]",
        "{'a':" + TENSOR.replace("[1]", "[0]").replace("[0,4]", "[9223372036854775807,0]") + "}",
        0);
  }

  @Test
  void offsetsOutsideTheDataAreRefused() throws IOException {
    assertRefused(
        "tensor \"a\": data_offsets [0, 4] reach beyond the file, which has 3 bytes of " + "data",
        "{'a':" + TENSOR + "}",
        3);
    assertRefused(
        "tensor \"a\": data_offsets [0, 4294967296] reach beyond the file, which has 0 "
            + "bytes of data",
        "{'a':" + TENSOR.replace("[1]", "[1073741824]").replace("[0,4]", "[0,4294967296]") + "}",
        0);
  }

  @Test
  void holesOverlapsAndTrailingBytesAreRefused() throws IOException {
    assertRefused(
        "tensor \"a\": data_offsets [4, 8] leave a hole, expected to begin at 0",
        "{'a':" + TENSOR.replace("[0,4]", "[4,8]") + "}",
        8);
    assertRefused(
        "tensor \"b\": data_offsets [2, 6] overlap the tensor before, expected to begin at 4",
        "{'b':" + TENSOR.replace("[0,4]", "[2,6]") + ",'a':" + TENSOR + "}",
        6);
    assertRefused(
        "expected the file to end after the last tensor, found 1 bytes more",
        "{'a':" + TENSOR + "}",
        5);
  }

  @Test
  void spaceAndAnyOrderOfMembersAndTensorsAreRead() throws IOException {
    String header =
        " {\t'z' : { 'data_offsets':[ 4 , 8 ], 'shape':[],\r\n'dtype':'F32'},"
            + "'e':{'dtype':'F32','shape':[0],'data_offsets':[4,4]},'a':"
            + TENSOR
            + ",'__metadata__':{}} \n";
    Path path = Files.write(directory.resolve("x.safetensors"), file(header, 8));
    try (var file = SafetensorsFile.open(path)) {
      assertEquals(List.of("a", "e", "z"), List.copyOf(file.entries().keySet()));
      assertEquals(0, file.tensor("z").item());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"odd-names", "dtypes"})
  void aTruncatedFileIsRefusedWithItsName(String name) throws IOException {
    byte[] content = Files.readAllBytes(GoldenFiles.path("safetensors/" + name + ".safetensors"));
    for (int length = 0; length < content.length; length++) {
      assertFalse(invalid(Arrays.copyOf(content, length)).contains("\n"));
    }
  }

  @Test
  void aFileThatShrinksWhileItIsOpenIsRefused() throws IOException {
    Path path = directory.resolve("x.safetensors");
    Files.write(path, file("{'a':" + TENSOR + "}", 4));
    try (var file = SafetensorsFile.open(path)) {
      Files.write(path, new byte[9]);
      assertEquals(
          path + ": has become shorter while it was read",
          assertThrows(TensorFileException.class, () -> file.tensor("a")).getMessage());
    }
  }

  /// One change of a file: bytes from a position on are overwritten, or all after it is lost, or
  /// bytes come in between.
  record Change(int kind, int position, byte[] bytes) {
    byte[] applyTo(byte[] content) {
      int at = position % (content.length + 1);
      byte[] head = Arrays.copyOf(content, at);
      return switch (kind) {
        case 0 -> head;
        case 1 -> concat(head, concat(bytes, Arrays.copyOfRange(content, at, content.length)));
        default ->
            concat(
                head,
                concat(
                    bytes,
                    Arrays.copyOfRange(
                        content, Math.min(at + bytes.length, content.length), content.length)));
      };
    }

    private static byte[] concat(byte[] a, byte[] b) {
      byte[] both = Arrays.copyOf(a, a.length + b.length);
      System.arraycopy(b, 0, both, a.length, b.length);
      return both;
    }

    @Override
    public String toString() {
      return "Change[" + kind + ", " + position + ", " + Arrays.toString(bytes) + "]";
    }
  }

  @Provide
  Arbitrary<List<Change>> changes() {
    Arbitrary<Byte> any = Arbitraries.bytes();
    Arbitrary<Byte> json =
        Arbitraries.of("{}[]:,\"\\ 0123456789-".chars().mapToObj(c -> (byte) c).toList());
    Arbitrary<byte[]> bytes =
        Arbitraries.oneOf(any, json).array(byte[].class).ofMinSize(1).ofMaxSize(8);
    return Combinators.combine(
            Arbitraries.frequency(Tuple.of(1, 0), Tuple.of(3, 1), Tuple.of(8, 2)),
            Arbitraries.integers().between(0, 1000),
            bytes)
        .as(Change::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(3);
  }

  @Property(tries = 1000)
  void aDamagedFileIsReadOrRefusedAndNothingElse(
      @ForAll boolean names, @ForAll("changes") List<Change> changes) throws IOException {
    byte[] content =
        Files.readAllBytes(
            GoldenFiles.path("safetensors/" + (names ? "odd-names" : "dtypes") + ".safetensors"));
    for (Change change : changes) {
      content = change.applyTo(content);
    }
    Path path = Files.createTempFile("damaged", ".safetensors");
    try {
      Files.write(path, content);
      readAll(path);
    } catch (TensorFileException e) {
      assertTrue(e.getMessage().startsWith(path + ": "), e.getMessage());
      assertFalse(e.getMessage().contains("\n"), e.getMessage());
    } finally {
      Files.delete(path);
    }
  }

  private static void readAll(Path path) throws IOException {
    try (var file = SafetensorsFile.open(path)) {
      file.entries()
          .forEach(
              (name, entry) -> {
                try {
                  if (entry.dtype().isFloat()) {
                    assertEquals(entry.shape(), file.tensor(name).shape());
                  } else if (entry.dtype() == DType.I64) {
                    assertEquals(entry.shape().size(), file.longs(name).length);
                  }
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }
}
