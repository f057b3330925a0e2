package haze.diffusion.tensorboard;

import haze.nn.file.Disk;
import haze.nn.file.FileException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/// A file of events, as TensorBoard reads it: numbers, images and texts by step.
///
/// A directory may have several, which TensorBoard reads in the order of their names, each to its
/// end before the next. So a new file of a run that goes on comes after all others, whatever the
/// clock says, and begins with the start of a session at its first step: what files before have of
/// this step and later ones, TensorBoard forgets.
///
/// Every event is in the file when its method returns; a crash leaves half an event at most, which
/// TensorBoard passes over.
public final class EventFile implements AutoCloseable {
  private static final Pattern NAME = Pattern.compile("events\\.out\\.tfevents\\.(\\d{10})\\..*");
  private static final long SECOND = 1000;

  // event.proto: Event
  private static final int WALL_TIME = 1;
  private static final int STEP = 2;
  private static final int FILE_VERSION = 3;
  private static final int SUMMARY = 5;
  private static final int SESSION_LOG = 7;
  // event.proto: SessionLog, and its enum SessionStatus
  private static final int STATUS = 1;
  private static final int START = 1;
  // summary.proto: Summary
  private static final int VALUE = 1;
  // summary.proto: Summary.Value
  private static final int TAG = 1;
  private static final int SIMPLE_VALUE = 2;
  private static final int IMAGE = 4;
  private static final int TENSOR = 8;
  private static final int METADATA = 9;
  // summary.proto: Summary.Image
  private static final int HEIGHT = 1;
  private static final int WIDTH = 2;
  private static final int COLORSPACE = 3;
  private static final int ENCODED_IMAGE = 4;
  private static final int RGB = 3;
  // summary.proto: SummaryMetadata, and its PluginData
  private static final int PLUGIN_DATA = 1;
  private static final int PLUGIN_NAME = 1;
  // tensor.proto: TensorProto; types.proto: DT_STRING; tensor_shape.proto: TensorShapeProto
  private static final int DTYPE = 1;
  private static final int DT_STRING = 7;
  private static final int TENSOR_SHAPE = 2;
  private static final int STRING_VAL = 8;

  private static final int MASK_ROTATION = 15;
  private static final int MASK_DELTA = 0xa282ead8;

  private static final String PROBLEM = "cannot be written";

  private final Path path;
  private final OutputStream out;

  private EventFile(Path path, OutputStream out) {
    this.path = path;
    this.out = out;
  }

  /// Begins a new file in a directory, after those that are there.
  ///
  /// @param directory is made if it does not exist
  /// @param firstStep the first step of which there will be events; what other files have of it and
  ///   of later ones no longer counts
  /// @throws IOException if it can't be written
  public static EventFile begin(Path directory, long firstStep) throws IOException {
    Disk.system().createDirectories(directory);
    long time = Math.max(System.currentTimeMillis() / SECOND, last(directory) + 1);
    while (true) {
      Path path =
          directory.resolve(
              String.format(
                  Locale.ROOT,
                  "events.out.tfevents.%010d.haze.%d",
                  time,
                  ProcessHandle.current().pid()));
      try {
        OutputStream out =
            Files.newOutputStream(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        EventFile file = new EventFile(path, out);
        file.write(new Message().real(WALL_TIME, now()).string(FILE_VERSION, "brain.Event:2"));
        file.write(event(firstStep).message(SESSION_LOG, new Message().integer(STATUS, START)));
        return file;
      } catch (FileAlreadyExistsException e) {
        // Another process began at the same time.
        time++;
      } catch (IOException e) {
        throw FileException.of(path, PROBLEM, e);
      }
    }
  }

  /// The time in the name of the last file; 0 if there is none.
  private static long last(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> NAME.matcher(String.valueOf(file.getFileName())))
          .filter(Matcher::matches)
          .mapToLong(name -> Long.parseLong(name.group(1)))
          .max()
          .orElse(0);
    }
  }

  /// {@return the file}
  Path path() {
    return path;
  }

  /// Adds numbers of a step.
  ///
  /// @param scalars by their tags; a slash in a tag makes a group
  /// @throws FileException if the file can't be written
  public void scalars(long step, Map<String, Double> scalars) throws IOException {
    Message summary = new Message();
    scalars.forEach(
        (tag, value) ->
            summary.message(
                VALUE, new Message().string(TAG, tag).single(SIMPLE_VALUE, value.floatValue())));
    write(event(step).message(SUMMARY, summary));
  }

  /// Adds an image of a step.
  ///
  /// @param png the image in colour or grey, as PNG
  /// @param width in pixels
  /// @param height in pixels
  /// @throws FileException if the file can't be written
  public void image(long step, String tag, byte[] png, int width, int height) throws IOException {
    Message image =
        new Message()
            .integer(HEIGHT, height)
            .integer(WIDTH, width)
            .integer(COLORSPACE, RGB)
            .bytes(ENCODED_IMAGE, png);
    value(step, new Message().string(TAG, tag).message(IMAGE, image));
  }

  /// Adds a text of a step.
  ///
  /// @param markdown as TensorBoard shows it
  /// @throws FileException if the file can't be written
  public void text(long step, String tag, String markdown) throws IOException {
    Message tensor =
        new Message()
            .integer(DTYPE, DT_STRING)
            .message(TENSOR_SHAPE, new Message())
            .bytes(STRING_VAL, markdown.getBytes(StandardCharsets.UTF_8));
    Message metadata =
        new Message().message(PLUGIN_DATA, new Message().string(PLUGIN_NAME, "text"));
    value(step, new Message().string(TAG, tag).message(TENSOR, tensor).message(METADATA, metadata));
  }

  private void value(long step, Message value) throws IOException {
    write(event(step).message(SUMMARY, new Message().message(VALUE, value)));
  }

  private static Message event(long step) {
    return new Message().real(WALL_TIME, now()).integer(STEP, step);
  }

  private static double now() {
    return System.currentTimeMillis() / (double) SECOND;
  }

  /// A record of TFRecord: length, its checksum, the bytes, their checksum; in one piece, so that
  /// one that reads at the same time finds few halves.
  private void write(Message event) throws IOException {
    byte[] data = event.bytes();
    ByteBuffer record =
        ByteBuffer.allocate(Long.BYTES + 2 * Integer.BYTES + data.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    record.putLong(data.length);
    record.putInt(checksum(record.array(), Long.BYTES));
    record.put(data);
    record.putInt(checksum(data, data.length));
    try {
      out.write(record.array());
    } catch (IOException e) {
      throw FileException.of(path, PROBLEM, e);
    }
  }

  /// CRC-32C, rotated and moved, because a checksum of bytes that hold checksums is weak.
  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return Integer.rotateRight((int) crc.getValue(), MASK_ROTATION) + MASK_DELTA;
  }

  /// Ends the file.
  @Override
  public void close() throws IOException {
    out.close();
  }
}
