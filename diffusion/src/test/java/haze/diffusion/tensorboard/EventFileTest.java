package haze.diffusion.tensorboard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {
  @TempDir Path directory;

  /// The events of a file without their times, as hexadecimal numbers; checks their checksums.
  static List<String> events(Path file) throws IOException {
    List<String> events = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      byte[] length = new byte[Long.BYTES];
      in.get(length);
      assertEquals(masked(length), in.getInt());
      byte[] data =
          new byte[(int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()];
      in.get(data);
      assertEquals(masked(data), in.getInt());
      assertEquals(0x09, data[0], "field 1, a double");
      events.add(HexFormat.of().formatHex(data, 1 + Double.BYTES, data.length));
    }
    return events;
  }

  private static int masked(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    int value = (int) crc.getValue();
    return (value >>> 15 | value << 17) + 0xa282ead8;
  }

  private static String hex(String text) {
    return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
  }

  /// Bytes as tensorboard 2.21.0 writes the same events, by its own generated code.
  @Test
  void eventsAreThoseOfTensorBoard() throws IOException {
    Path file;
    try (EventFile events = EventFile.begin(directory, 51)) {
      file = events.path();
      events.scalars(300, Map.of("train/loss", 0.25));
      events.image(2, "samples", new byte[] {1, 2, 3}, 200, 100);
      events.text(0, "config", "a");
    }
    assertEquals(
        List.of(
            "1a0d" + hex("brain.Event:2"),
            "10333a020801",
            "10ac022a130a110a0a" + hex("train/loss") + "150000803e",
            "10022a190a170a07" + hex("samples") + "220c086410c80118032203010203",
            "2a1d0a1b0a06" + hex("config") + "420708071200420161" + "4a080a060a04" + hex("text")),
        events(file));
  }

  @Test
  void aNewFileComesAfterAllOthersWhateverTheClockSays() throws IOException {
    Files.createFile(directory.resolve("events.out.tfevents.9000000000.other"));
    Files.createFile(directory.resolve("notes"));
    try (EventFile first = EventFile.begin(directory, 1);
        EventFile second = EventFile.begin(directory, 2)) {
      assertTrue(
          String.valueOf(first.path().getFileName()).startsWith("events.out.tfevents.9000000001."));
      assertTrue(
          String.valueOf(second.path().getFileName())
              .startsWith("events.out.tfevents.9000000002."));
    }
  }

  @Test
  void anEventIsInTheFileAtOnce() throws IOException {
    try (EventFile events = EventFile.begin(directory.resolve("new"), 1)) {
      assertEquals(2, events(events.path()).size());
      events.scalars(1, Map.of("a", 1.0));
      assertEquals(3, events(events.path()).size());
    }
  }

  @Test
  void numbersAreEncodedAsTheirSpecificationSays() {
    // protobuf.dev, "Encoding": 150 is 96 01; a negative number has ten bytes.
    assertArrayEquals(new byte[] {0x08, (byte) 0x96, 0x01}, new Message().integer(1, 150).bytes());
    assertEquals(11, new Message().integer(1, -1).bytes().length);
    assertArrayEquals(new byte[] {0x08, 0x7f}, new Message().integer(1, 127).bytes());
    assertArrayEquals(
        new byte[] {(byte) 0x82, 0x01, 0x00}, new Message().bytes(16, new byte[0]).bytes());
  }
}
