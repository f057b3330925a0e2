package haze.diffusion.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// STL-10 (Coates et al. 2011), the binary version: a directory, or one of its files `train_X.bin`,
/// `test_X.bin` and `unlabeled_X.bin`.
///
/// An image is 96 x 96 levels of red, of green and of blue, each column by column. Labels, from 1
/// to 10, are in `train_y.bin` and `test_y.bin`.
final class StlFiles {
  private static final int SIDE = 96;
  private static final int CHANNELS = 3;
  private static final int IMAGE = CHANNELS * SIDE * SIDE;
  private static final int CLASSES = 10;
  private static final String IMAGES = "_X.bin";

  private StlFiles() {}

  /// {@return whether a path is such a file, or a directory with the images to learn from}
  static boolean reads(Path path) {
    String name = String.valueOf(path.getFileName());
    return Files.isDirectory(path)
        ? Files.isRegularFile(path.resolve("train" + IMAGES))
        : name.matches("(train|test|unlabeled)" + IMAGES.replace(".", "\\."));
  }

  /// {@return what a file or directory has in it}
  ///
  /// @throws DataException if a file is damaged
  static DataParts parts(Path path, DataOptions options) throws DataException {
    if (options.labels().isPresent()) {
      throw new DataException(path.toString(), "has labels of its own, --labels is for arrays");
    }
    if (!Files.isDirectory(path)) {
      return new DataParts(() -> dataset(path, options), Optional.empty());
    }
    Path test = path.resolve("test" + IMAGES);
    return new DataParts(
        () -> dataset(path.resolve("train" + IMAGES), options),
        Files.isRegularFile(test) ? Optional.of(() -> dataset(test, options)) : Optional.empty());
  }

  private static ImageDataset dataset(Path file, DataOptions options) throws DataException {
    String name = file.toString();
    MemorySegment bytes = FileBytes.of(file);
    long count = bytes.byteSize() / IMAGE;
    if (count == 0 || bytes.byteSize() % IMAGE != 0) {
      throw new DataException(
          name, "has " + bytes.byteSize() + " bytes, expected a multiple of " + IMAGE);
    }
    long plane = (long) SIDE * SIDE;
    NumberArray array =
        new NumberArray(
            name,
            bytes,
            ElementType.U8,
            ByteOrder.nativeOrder(),
            0,
            new long[] {count, SIDE, SIDE, CHANNELS},
            new long[] {IMAGE, 1, SIDE, plane});
    Path labels = file.resolveSibling(String.valueOf(file.getFileName()).replace(IMAGES, "_y.bin"));
    Path names = file.resolveSibling("class_names.txt");
    boolean labelled = Files.isRegularFile(labels);
    List<String> classes = labelled ? CifarFiles.names(names, CLASSES) : List.of();
    return ArrayImages.dataset(
            array, labelled ? labels(labels, count) : new int[0], options.range())
        .withClassNames(classes);
  }

  private static int[] labels(Path file, long count) throws DataException {
    MemorySegment bytes = FileBytes.of(file);
    if (bytes.byteSize() != count) {
      throw new DataException(
          file.toString(), "has " + bytes.byteSize() + " labels, expected " + count);
    }
    int[] labels = new int[(int) count];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = bytes.get(ValueLayout.JAVA_BYTE, i) - 1;
      if (labels[i] < 0 || labels[i] >= CLASSES) {
        throw new DataException(
            file.toString(),
            "image " + i + " has label " + (labels[i] + 1) + ", expected 1 to " + CLASSES);
      }
    }
    return labels;
  }
}
