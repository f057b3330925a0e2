package haze.diffusion.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The forms in which a data set may lie on disk, one row each: how it is recognised, and what
/// reads it. `docs/add-a-data-format.md` adds one.
@SuppressWarnings("ImmutableEnumChecker") // Method references hold no state.
public enum DataFormat {
  /// The format of MNIST, `IdxFile`.
  IDX(
      "an IDX file, plain or .gz",
      "an IDX file",
      ": 00 00, element type, number of axes",
      (_, head) -> head.length >= 4 && head[0] == 0 && head[1] == 0,
      IdxFile::dataset);

  /// As many bytes, after unpacking, as a format may be recognised by.
  private static final int HEAD = 512;

  private static final int SHOWN = 4;

  private final String title;
  private final String expected;
  private final String signature;
  private final Test test;
  private final Reader reader;

  DataFormat(String title, String expected, String signature, Test test, Reader reader) {
    this.title = title;
    this.expected = expected;
    this.signature = signature;
    this.test = test;
    this.reader = reader;
  }

  /// Recognises a format.
  @FunctionalInterface
  private interface Test {
    /// @param path a file or directory that exists
    /// @param head the first bytes of the file, unpacked if it is compressed by gzip; none of a
    ///   directory
    boolean reads(Path path, byte[] head);
  }

  /// Reads a format.
  @FunctionalInterface
  private interface Reader {
    /// @param images what the test has recognised
    /// @param labels null if there are none
    ImageDataset read(Path images, @Nullable Path labels) throws DataException;
  }

  /// {@return the formats in words, for help, such as `an IDX file, plain or .gz`}
  public static String titles() {
    return Stream.of(values()).map(format -> format.title).collect(Collectors.joining(", or "));
  }

  /// Reads a data set in whichever format it is.
  ///
  /// @param images a file or directory
  /// @param labels the classes of the images, if they lie apart
  /// @throws DataException if no format is recognised, or the format's reader refuses it
  static ImageDataset read(Path images, @Nullable Path labels) throws DataException {
    byte[] head = head(images);
    return Stream.of(values())
        .filter(format -> format.test.reads(images, head))
        .findFirst()
        .orElseThrow(() -> unknown(images, head))
        .reader
        .read(images, labels);
  }

  private static byte[] head(Path path) throws DataException {
    String name = path.toString();
    if (!Files.exists(path)) {
      throw new DataException(name, "no such file");
    }
    if (Files.isDirectory(path)) {
      return new byte[0];
    }
    try (InputStream in = Files.newInputStream(path)) {
      return Gzip.read(name, in, unpacked -> unpacked.readNBytes(HEAD));
    } catch (DataException e) {
      throw e;
    } catch (IOException e) {
      throw new DataException(name, "cannot be read: " + e.getMessage(), e);
    }
  }

  private static DataException unknown(Path path, byte[] head) {
    boolean directory = Files.isDirectory(path);
    boolean bytes = head.length > 0;
    String found =
        directory
            ? "is a directory"
            : bytes
                ? "byte 0: begins with "
                    + HexFormat.ofDelimiter(" ")
                        .formatHex(Arrays.copyOf(head, Math.min(SHOWN, head.length)))
                : "is empty";
    return new DataException(
        path.toString(),
        found
            + ", expected "
            + Stream.of(values())
                .map(format -> format.expected + (bytes ? format.signature : ""))
                .collect(Collectors.joining(", or ")));
  }
}
