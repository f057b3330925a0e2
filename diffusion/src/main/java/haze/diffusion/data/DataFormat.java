package haze.diffusion.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The forms in which a data set may lie on disk, one row each: how it is recognised, and what
/// reads it. Rows are tried in their order; those that are known by a name stand before those that
/// are known by their first bytes, which are levels there. `docs/add-a-data-format.md` adds one.
@SuppressWarnings("ImmutableEnumChecker") // Method references hold no state.
public enum DataFormat {
  /// The binary version of CIFAR-10 and CIFAR-100, `CifarFiles`.
  CIFAR(
      "the binary files of CIFAR",
      "CIFAR's binary files (data_batch_1.bin, ..)",
      "",
      (path, _) -> CifarFiles.reads(path),
      CifarFiles::parts),
  /// The binary version of STL-10, `StlFiles`.
  STL(
      "of STL-10",
      "STL-10's binary files (train_X.bin, ..)",
      "",
      (path, _) -> StlFiles.reads(path),
      StlFiles::parts),
  /// The format of MNIST, `IdxFile`.
  IDX(
      "an IDX file (plain or .gz)",
      "an IDX file",
      ": 00 00, element type, number of axes",
      (_, head) -> head.length >= 4 && head[0] == 0 && head[1] == 0,
      IdxFile::parts),
  /// An array of NumPy's, `NpyFile`.
  NPY(
      ".npy",
      "an array of NumPy's (.npy)",
      "",
      (_, head) -> NpyFile.isNpy(head),
      (file, options) -> DataParts.ofArray(file, options, NpyFile::read)),
  /// Several of them in an archive, `NpzFile`.
  NPZ(".npz", "several arrays of NumPy's (.npz)", "", NpzFile::isNpz, NpzFile::parts),
  /// Parquet as the Hugging Face hub has it, `ParquetFiles`.
  PARQUET(
      "Parquet files of images as on the Hugging Face hub",
      "a Parquet file or a directory of them",
      "",
      ParquetFiles::reads,
      ParquetFiles::parts),
  /// A folder of image files, `ImageFolder`.
  FOLDER(
      "a folder of PNG, JPEG, GIF, BMP or TIFF files, whose folders are classes",
      "a folder of images",
      "",
      (path, _) -> Files.isDirectory(path),
      ImageFolder::parts);

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
    /// @param path what the test has recognised
    DataParts read(Path path, DataOptions options) throws DataException;
  }

  /// {@return the formats in words, for help, such as `an IDX file, plain or .gz`}
  public static String titles() {
    return Stream.of(values()).map(format -> format.title).collect(Collectors.joining(", "));
  }

  /// Opens a data set in whichever format it is.
  ///
  /// @param path a file or directory
  /// @throws DataException if no format is recognised, or the format's reader refuses it
  static DataParts open(Path path, DataOptions options) throws DataException {
    byte[] head = head(path);
    return Stream.of(values())
        .filter(format -> format.test.reads(path, head))
        .findFirst()
        .orElseThrow(() -> unknown(path, head))
        .reader
        .read(path, options)
        .fitted(options);
  }

  /// {@return the first bytes of a file, unpacked; none of a directory}
  ///
  /// @throws DataException if there is no such file, or it cannot be read
  static byte[] head(Path path) throws DataException {
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
      throw DataException.unreadable(name, e);
    }
  }

  private static DataException unknown(Path path, byte[] head) {
    boolean bytes = head.length > 0;
    String found =
        bytes
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
