package haze.diffusion.data;

import haze.diffusion.io.BadFileException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/// The classes of images that lie in a file of their own: an IDX file or an array of NumPy's.
final class Labels {
  private static final String GZ = ".gz";

  private Labels() {}

  /// {@return the labels of a file}
  ///
  /// @param file whole numbers `[n]`, `[n, 1]`, or, as in QMNIST, `[n, k]` in an IDX file, of which
  ///   the first column is the class
  /// @throws DataException if it cannot be read or holds something else
  static int[] read(Path file) throws DataException {
    if (!Files.isRegularFile(file)) {
      throw new DataException(file.toString(), "no such file");
    }
    byte[] head = DataFormat.head(file);
    if (NpyFile.isNpy(head)) {
      return of(NpyFile.read(file));
    }
    NumberArray labels = IdxFile.read(file);
    boolean columns = labels.sizes().length == 2;
    return of(columns ? column(labels) : labels);
  }

  private static NumberArray column(NumberArray table) {
    return new NumberArray(
        table.name(),
        table.bytes(),
        table.type(),
        table.order(),
        table.offset(),
        new long[] {table.sizes()[1] == 0 ? 0 : table.sizes()[0]},
        new long[] {table.strides()[0]});
  }

  /// {@return the labels of an array}
  ///
  /// @throws DataException if it does not hold one whole number from 0 to [ImageDataset#MAX_LABEL]
  ///   an image
  static int[] of(NumberArray array) throws DataException {
    long[] sizes = array.sizes();
    boolean column = sizes.length == 2 && sizes[1] == 1;
    if ((!column && sizes.length != 1)
        || !array.type().isWhole()
        || sizes[0] > FileBytes.MAX_ARRAY) {
      throw new DataException(
          array.name(),
          "holds "
              + array.type().toString().toLowerCase(Locale.ROOT)
              + " "
              + array.shape()
              + ", expected labels: whole numbers [n]");
    }
    int[] labels = new int[(int) sizes[0]];
    for (int i = 0; i < labels.length; i++) {
      double label = array.at(i);
      if (label < 0 || label > ImageDataset.MAX_LABEL) {
        throw new DataException(
            array.name(),
            "image "
                + i
                + " has label "
                + BadFileException.shown(Long.toString((long) label))
                + ", expected 0 to "
                + ImageDataset.MAX_LABEL);
      }
      labels[i] = (int) label;
    }
    return labels;
  }

  /// {@return the file of the labels beside a file of images, if there is one of the usual name:
  /// `train-labels-idx1-ubyte` beside `train-images-idx3-ubyte`, `y_train.npy` beside
  /// `x_train.npy`, compressed or not}
  static Optional<Path> beside(Path images) {
    return besides(
        images,
        name -> {
          String labels = name.replace("images", "labels").replaceAll("idx[34]", "idx1");
          return name.matches("[xX]([_.-].*)?")
              ? (name.charAt(0) == 'x' ? "y" : "Y") + name.substring(1)
              : labels;
        });
  }

  /// {@return the file of the images to measure with beside those to learn from, if there is one of
  /// the usual name: `t10k-images-idx3-ubyte` or `test-..` beside `train-images-idx3-ubyte`}
  static Optional<Path> testBeside(Path images) {
    Optional<Path> t10k = besides(images, name -> name.replaceFirst("\\btrain(?=[-_.])", "t10k"));
    return t10k.isPresent()
        ? t10k
        : besides(images, name -> name.replaceFirst("(?<=^|[-_.])train(?=[-_.])", "test"));
  }

  private static Optional<Path> besides(Path file, UnaryOperator<String> rename) {
    String name = String.valueOf(file.getFileName());
    String renamed = rename.apply(name);
    if (renamed.equals(name)) {
      return Optional.empty();
    }
    Set<String> candidates = new LinkedHashSet<>();
    candidates.add(renamed);
    candidates.add(
        renamed.endsWith(GZ) ? renamed.substring(0, renamed.length() - GZ.length()) : renamed + GZ);
    return candidates.stream().map(file::resolveSibling).filter(Files::isRegularFile).findFirst();
  }
}
