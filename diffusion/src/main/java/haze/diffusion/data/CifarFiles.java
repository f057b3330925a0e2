package haze.diffusion.data;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// CIFAR-10 and CIFAR-100 (Krizhevsky 2009), the binary version: a directory, or one of its files.
///
/// An image is its label (CIFAR-100: the superclass, then the class, which is taken), and 32 x 32
/// levels of red, of green and of blue, row by row.
final class CifarFiles {
  private static final int SIDE = 32;
  private static final int CHANNELS = 3;
  private static final int PIXELS = CHANNELS * SIDE * SIDE;

  private CifarFiles() {}

  /// The two sets.
  private enum Kind {
    CIFAR_10("data_batch_[1-5]\\.bin", "test_batch.bin", "batches.meta.txt", 1, 10),
    CIFAR_100("train\\.bin", "test.bin", "fine_label_names.txt", 2, 100);

    private final String training;
    private final String test;
    private final String names;
    private final int labels;
    private final int classes;

    Kind(String training, String test, String names, int labels, int classes) {
      this.training = training;
      this.test = test;
      this.names = names;
      this.labels = labels;
      this.classes = classes;
    }

    int record() {
      return labels + PIXELS;
    }

    boolean isFile(String name) {
      return name.matches(training) || name.equals(test);
    }
  }

  /// {@return whether a path is such a file, by its name and length, or a directory of them}
  static boolean reads(Path path) {
    return kind(path).isPresent();
  }

  private static Optional<Kind> kind(Path path) {
    return Arrays.stream(Kind.values())
        .filter(
            kind -> Files.isDirectory(path) ? !training(path, kind).isEmpty() : isOf(kind, path))
        .findFirst();
  }

  private static boolean isOf(Kind kind, Path file) {
    return kind.isFile(String.valueOf(file.getFileName()));
  }

  private static List<Path> training(Path directory, Kind kind) {
    try (var files = Files.list(directory)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> String.valueOf(file.getFileName()).matches(kind.training))
          .sorted()
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /// {@return what a file or directory has in it}
  ///
  /// @throws DataException if a file is damaged
  static DataParts parts(Path path, DataOptions options) throws DataException {
    Kind kind =
        kind(path)
            .orElseThrow(() -> new DataException(path.toString(), "is not of CIFAR any more"));
    if (options.labels().isPresent()) {
      throw new DataException(path.toString(), "has labels of its own, --labels is for arrays");
    }
    if (!Files.isDirectory(path)) {
      Path names = path.resolveSibling(kind.names);
      return new DataParts(() -> dataset(kind, List.of(path), names, options), Optional.empty());
    }
    Path test = path.resolve(kind.test);
    Path names = path.resolve(kind.names);
    return new DataParts(
        () -> dataset(kind, training(path, kind), names, options),
        Files.isRegularFile(test)
            ? Optional.of(() -> dataset(kind, List.of(test), names, options))
            : Optional.empty());
  }

  private static ImageDataset dataset(Kind kind, List<Path> files, Path names, DataOptions options)
      throws DataException {
    List<ImageDataset> parts = new ArrayList<>();
    for (Path file : files) {
      parts.add(dataset(kind, file, options));
    }
    return ImageDataset.concatenated(parts).withClassNames(names(names, kind.classes));
  }

  private static ImageDataset dataset(Kind kind, Path file, DataOptions options)
      throws DataException {
    String name = file.toString();
    MemorySegment bytes = FileBytes.of(file);
    long count = bytes.byteSize() / kind.record();
    if (count == 0 || bytes.byteSize() % kind.record() != 0) {
      throw new DataException(
          name, "has " + bytes.byteSize() + " bytes, expected a multiple of " + kind.record());
    }
    if (count > FileBytes.MAX_ARRAY) {
      throw new DataException(name, "has " + count + " images, which are too many");
    }
    int[] labels = new int[(int) count];
    for (int i = 0; i < count; i++) {
      long at = (long) i * kind.record() + kind.labels - 1;
      labels[i] = Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, at));
      if (labels[i] >= kind.classes) {
        throw new DataException(
            name,
            "image " + i + " has label " + labels[i] + ", expected 0 to " + (kind.classes - 1));
      }
    }
    long plane = (long) SIDE * SIDE;
    return ArrayImages.dataset(
        new NumberArray(
            name,
            bytes,
            ElementType.U8,
            ByteOrder.nativeOrder(),
            kind.labels,
            new long[] {count, SIDE, SIDE, CHANNELS},
            new long[] {kind.record(), SIDE, 1, plane}),
        labels,
        options.range());
  }

  /// The names of the classes, a line each; none if they are not there.
  static List<String> names(Path file, int classes) throws DataException {
    if (!Files.isRegularFile(file)) {
      return List.of();
    }
    try {
      List<String> lines =
          Files.readString(file, StandardCharsets.ISO_8859_1)
              .lines()
              .map(String::strip)
              .filter(line -> !line.isEmpty())
              .toList();
      return lines.size() == classes ? lines : List.of();
    } catch (IOException e) {
      throw DataException.unreadable(file.toString(), e);
    }
  }
}
