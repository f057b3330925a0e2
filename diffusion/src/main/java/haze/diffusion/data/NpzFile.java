package haze.diffusion.data;

import haze.diffusion.io.BadFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// Several arrays of NumPy's in a zip archive, `NAME.npy` each, as `numpy.savez` writes them.
/// Images and labels are known by their names.
final class NpzFile {
  private static final String END = ".npy";
  private static final byte[] MAGIC = {'P', 'K'};

  /// What images, labels, and both of the images to measure with are called, without regard to
  /// case; the first row whose images are there counts.
  private static final List<Names> USUAL =
      List.of(
          new Names("x_train", "y_train", "x_test", "y_test"),
          new Names("train_images", "train_labels", "test_images", "test_labels"),
          new Names("train_x", "train_y", "test_x", "test_y"),
          new Names("images", "labels", "test_images", "test_labels"),
          new Names("image", "label", "", ""),
          new Names("data", "labels", "", ""),
          new Names("data", "targets", "", ""),
          new Names("imgs", "labels", "", ""),
          new Names("x", "y", "", ""),
          new Names("arr_0", "arr_1", "", ""));

  private NpzFile() {}

  private record Names(String images, String labels, String testImages, String testLabels) {}

  /// {@return whether a file is an archive of arrays}
  ///
  /// @param head its first bytes
  static boolean isNpz(Path file, byte[] head) {
    return head.length >= 2
        && head[0] == MAGIC[0]
        && head[1] == MAGIC[1]
        && file.toString().endsWith(".npz");
  }

  /// {@return what an archive has in it}
  ///
  /// @throws DataException if it is damaged or has no array of a usual name
  static DataParts parts(Path file, DataOptions options) throws DataException {
    Map<String, String> members = members(file);
    Names found =
        USUAL.stream()
            .filter(names -> members.containsKey(names.images))
            // `data` may have its classes under either name.
            .min(Comparator.comparingInt(names -> members.containsKey(names.labels) ? 0 : 1))
            .orElseGet(() -> new Names(members.keySet().iterator().next(), "", "", ""));
    boolean usual = USUAL.contains(found);
    if (!usual && members.size() > 1) {
      throw new DataException(
          file.toString(),
          "holds "
              + members.values().stream()
                  .map(BadFileException::shown)
                  .collect(Collectors.joining(", "))
              + ", expected images under a usual name, such as "
              + USUAL.stream().map(Names::images).distinct().collect(Collectors.joining(", ")));
    }
    boolean test = members.containsKey(found.testImages);
    return new DataParts(
        () -> dataset(file, members, found.images, found.labels, options),
        test
            ? Optional.of(
                () ->
                    dataset(
                        file,
                        members,
                        found.testImages,
                        found.testLabels,
                        options.withLabels(null)))
            : Optional.empty());
  }

  private static ImageDataset dataset(
      Path file, Map<String, String> members, String images, String labels, DataOptions options)
      throws DataException {
    int[] classes =
        options.labels().isPresent()
            ? Labels.read(options.labels().get())
            : members.containsKey(labels) ? Labels.of(array(file, members, labels)) : new int[0];
    return ArrayImages.dataset(array(file, members, images), classes, options.range());
  }

  /// The members by their names in lower case, without the end.
  private static Map<String, String> members(Path file) throws DataException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      Map<String, String> members =
          zip.stream()
              .map(ZipEntry::getName)
              .filter(name -> name.endsWith(END))
              .map(name -> name.substring(0, name.length() - END.length()))
              .collect(
                  Collectors.toMap(
                      name -> name.toLowerCase(Locale.ROOT),
                      name -> name,
                      (first, _) -> first,
                      TreeMap::new));
      if (members.isEmpty()) {
        throw new DataException(file.toString(), "holds no array NAME.npy");
      }
      return members;
    } catch (DataException e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      throw new DataException(file.toString(), "is damaged: " + e.getMessage(), e);
    }
  }

  private static NumberArray array(Path file, Map<String, String> members, String key)
      throws DataException {
    String member = members.get(key) + END;
    String name = file + "/" + BadFileException.shown(member);
    try (ZipFile zip = new ZipFile(file.toFile())) {
      ZipEntry entry = zip.getEntry(member);
      if (entry == null) {
        throw new DataException(name, "is gone");
      }
      if (entry.getSize() > FileBytes.MAX_ARRAY) {
        throw new DataException(
            name,
            "unpacks to " + entry.getSize() + " bytes, expected less than 2 GiB: save it as .npy");
      }
      try (InputStream in = zip.getInputStream(entry)) {
        return NpyFile.read(name, in, entry.getSize());
      }
    } catch (DataException e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      throw new DataException(name, "is damaged: " + e.getMessage(), e);
    }
  }
}
