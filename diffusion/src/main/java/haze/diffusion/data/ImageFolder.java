package haze.diffusion.data;

import haze.diffusion.data.image.ImageDecoder;
import haze.diffusion.data.image.Levels;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// A folder of image files: those in it, in the order of their paths. Each folder in it is a class,
/// in the order of the names, with all that is below it at any depth; if images lie beside such
/// folders, there are no classes.
///
/// If it has a folder `train`, and `test`, `val`, `valid` or `validation` beside it, those are the
/// images to learn from and to measure with.
///
/// Listing opens no file: what a name calls an image is taken for one.
final class ImageFolder {
  private static final String TRAIN = "train";
  private static final List<String> TEST = List.of("test", "val", "valid", "validation");

  /// Deeper than any collection is sorted; a link to a folder above ends here.
  private static final int MAX_DEPTH = 40;

  private final Path root;
  private final List<String> names = new ArrayList<>();
  private final List<String> emptyClasses = new ArrayList<>();
  private int others;

  private ImageFolder(Path root) {
    this.root = root;
  }

  /// {@return what a folder has in it}
  ///
  /// @throws DataException if it cannot be read or holds no image
  static DataParts parts(Path path, DataOptions options) throws DataException {
    if (options.labels().isPresent()) {
      throw new DataException(
          path.toString(), "is a folder, whose folders are the classes; --labels is for arrays");
    }
    Path training = path.resolve(TRAIN);
    Optional<Path> test = TEST.stream().map(path::resolve).filter(Files::isDirectory).findFirst();
    if (Files.isDirectory(training) && test.isPresent()) {
      return new DataParts(
          () -> dataset(training, options), Optional.of(() -> dataset(test.get(), options)));
    }
    return new DataParts(() -> dataset(path, options), Optional.empty());
  }

  private static ImageDataset dataset(Path path, DataOptions options) throws DataException {
    ImageFolder folder = new ImageFolder(path);
    folder.list(path, "", 0);
    if (folder.names.isEmpty()) {
      throw new DataException(
          path.toString(),
          "holds no image file ("
              + String.join(", ", ImageDecoder.EXTENSIONS.stream().sorted().toList())
              + ")");
    }
    return folder.dataset(options);
  }

  /// Adds the images of a folder and those below it.
  private void list(Path directory, String prefix, int depth) throws DataException {
    if (depth > MAX_DEPTH) {
      throw new DataException(
          directory.toString(), "lies " + depth + " folders deep, expected at most " + MAX_DEPTH);
    }
    List<String> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      for (Path entry : stream) {
        entries.add(String.valueOf(entry.getFileName()));
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw new DataException(directory.toString(), "cannot be read: " + e.getMessage(), e);
    }
    entries.sort(null);
    for (String entry : entries) {
      if (isImage(entry)) {
        names.add(prefix + entry);
      } else if (!entry.startsWith(".") && !entry.equals("__MACOSX")) {
        Path path = directory.resolve(entry);
        if (Files.isDirectory(path)) {
          int before = names.size();
          list(path, prefix + entry + "/", depth + 1);
          if (depth == 0 && names.size() == before) {
            emptyClasses.add(entry);
          }
        } else {
          others++;
        }
      }
    }
  }

  private static boolean isImage(String name) {
    int dot = name.lastIndexOf('.');
    return dot > 0
        && ImageDecoder.EXTENSIONS.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT));
  }

  private ImageDataset dataset(DataOptions options) throws DataException {
    List<String> notes = new ArrayList<>();
    for (String empty : emptyClasses) {
      notes.add("the folder " + empty + " holds no image and is no class");
    }
    if (others > 0) {
      notes.add(others + (others == 1 ? " other file is" : " other files are") + " left out");
    }
    String[] files = names.toArray(String[]::new);
    DecodedImages images =
        DecodedImages.of(root.toString(), new ImageFiles(root, files, options), options);
    List<String> classes = new ArrayList<>();
    int[] labels = labels(files, classes, notes);
    return new ImageDataset(images, labels).withClassNames(classes).withNotes(notes);
  }

  /// The classes by their folders; none if an image lies in no folder.
  private static int[] labels(String[] files, List<String> classes, List<String> notes) {
    Map<String, Integer> numbers = new HashMap<>();
    int[] labels = new int[files.length];
    int loose = 0;
    for (int i = 0; i < files.length; i++) {
      int slash = files[i].indexOf('/');
      if (slash < 0) {
        loose++;
      } else {
        String name = files[i].substring(0, slash);
        labels[i] = numbers.computeIfAbsent(name, _ -> numbers.size());
        if (labels[i] == classes.size()) {
          classes.add(name);
        }
      }
    }
    if (loose > 0) {
      if (!classes.isEmpty()) {
        notes.add(
            (loose == 1 ? "1 image lies" : loose + " images lie")
                + " beside the folders, which are therefore no classes");
      }
      classes.clear();
      return new int[0];
    }
    return labels;
  }

  /// The files of a folder.
  @SuppressWarnings("ArrayRecordComponent") // Handed on once; nobody compares two.
  private record ImageFiles(Path root, String[] names, DataOptions options) implements LevelReader {
    @Override
    public int count() {
      return names.length;
    }

    @Override
    public String name(int image) {
      return root.resolve(names[image]).toString();
    }

    @Override
    public Levels read(int image) throws IOException {
      return ImageDecoder.read(root.resolve(names[image]), options.background());
    }

    @Override
    public String format(int image) throws IOException {
      try (InputStream in = Files.newInputStream(root.resolve(names[image]))) {
        return ImageDecoder.format(name(image), in.readNBytes(ImageDecoder.HEAD));
      }
    }
  }
}
