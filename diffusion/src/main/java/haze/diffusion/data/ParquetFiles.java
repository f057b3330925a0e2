package haze.diffusion.data;

import haze.diffusion.data.ParquetShard.Group;
import haze.diffusion.data.image.ImageDecoder;
import haze.diffusion.data.image.Levels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Parquet files as the Hugging Face hub stores images, see [ParquetShard]: one file, or a
/// directory of shards in the order of their paths, as the hub lays out a data set. Files whose
/// path has `test`, `validation`, `valid`, `val` or `dev` as a word are those to measure with.
///
/// The image files stay as they are packed, in memory, if they fit into an eighth of the heap; else
/// the row group of an image is read when the image is wanted.
final class ParquetFiles {
  private static final byte[] MAGIC = {'P', 'A', 'R', '1'};
  private static final String END = ".parquet";
  private static final int MAX_DEPTH = 4;
  private static final int HEAP_SHARE = 8;

  private static final List<Pattern> TEST =
      Stream.of("test", "validation|valid|val", "dev")
          .map(words -> Pattern.compile("(^|[-_./\\\\])(" + words + ")([-_./\\\\]|$)"))
          .toList();

  private ParquetFiles() {}

  /// {@return whether a path is such a file or a directory of them}
  ///
  /// @param head the file's first bytes
  static boolean reads(Path path, byte[] head) {
    return Files.isDirectory(path)
        ? hasShards(path)
        : head.length >= MAGIC.length && Arrays.equals(Arrays.copyOf(head, MAGIC.length), MAGIC);
  }

  private static boolean hasShards(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.anyMatch(
          file ->
              file.toString().endsWith(END)
                  || (String.valueOf(file.getFileName()).equals("data") && hasShards(file)));
    } catch (IOException e) {
      return false;
    }
  }

  /// {@return what a file or directory has in it}
  ///
  /// @throws DataException if a file is damaged
  static DataParts parts(Path path, DataOptions options) throws DataException {
    if (options.labels().isPresent()) {
      throw new DataException(path.toString(), "has labels of its own, --labels is for arrays");
    }
    List<Path> all = Files.isDirectory(path) ? shards(path) : List.of(path);
    List<Path> training =
        all.stream()
            .filter(file -> TEST.stream().noneMatch(part -> isOf(part, path, file)))
            .toList();
    if (training.isEmpty()) {
      training = all;
    }
    List<Path> learned = training;
    Optional<List<Path>> test =
        learned.size() == all.size()
            ? Optional.empty()
            : TEST.stream()
                .map(part -> all.stream().filter(file -> isOf(part, path, file)).toList())
                .filter(files -> !files.isEmpty())
                .findFirst();
    return new DataParts(
        () -> dataset(path, learned, options),
        test.map(files -> () -> dataset(path, files, options)));
  }

  private static boolean isOf(Pattern part, Path root, Path file) {
    return part.matcher(root.relativize(file).toString()).find();
  }

  private static List<Path> shards(Path directory) throws DataException {
    try (Stream<Path> files = Files.walk(directory, MAX_DEPTH)) {
      return files
          .filter(file -> file.toString().endsWith(END) && Files.isRegularFile(file))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw DataException.unreadable(directory.toString(), e);
    }
  }

  private static ImageDataset dataset(Path path, List<Path> files, DataOptions options)
      throws DataException {
    List<ParquetShard> shards = new ArrayList<>();
    for (Path file : files) {
      ParquetShard shard = ParquetShard.open(file);
      if (!shards.isEmpty() && shard.label().isPresent() != shards.getFirst().label().isPresent()) {
        throw new DataException(
            file.toString(),
            "has "
                + (shard.label().isPresent() ? "" : "no ")
                + "labels, unlike "
                + shards.getFirst().path());
      }
      shards.add(shard);
    }
    long count = shards.stream().mapToLong(ParquetShard::count).sum();
    if (count > FileBytes.MAX_ARRAY) {
      throw new DataException(path.toString(), "holds " + count + " images, which are too many");
    }
    int[] labels = new int[0];
    if (shards.getFirst().label().isPresent()) {
      IntStream all = IntStream.empty();
      for (ParquetShard shard : shards) {
        all = IntStream.concat(all, Arrays.stream(shard.labels()));
      }
      labels = all.toArray();
    }
    long bytes =
        shards.stream().flatMap(shard -> shard.groups().stream()).mapToLong(Group::bytes).sum();
    boolean fits = bytes <= Runtime.getRuntime().maxMemory() / HEAP_SHARE;
    LevelReader reader = new Rows(shards, (int) count, fits, options);
    return new ImageDataset(DecodedImages.of(path.toString(), reader, options), labels)
        .withClassNames(shards.getFirst().names());
  }

  /// The rows of all shards. A row group that has been read is kept until another is wanted, or for
  /// good if all fit.
  private static final class Rows implements LevelReader {
    /// A row group, whose first row is an image of the data set, and a row of its file.
    private record Place(ParquetShard shard, Group group, int first, long row) {}

    private final List<Place> places = new ArrayList<>();
    private final int count;
    private final boolean keep;
    private final DataOptions options;
    private final List<List<byte[]>> images = new ArrayList<>();
    private int last = -1;

    Rows(List<ParquetShard> shards, int count, boolean keep, DataOptions options) {
      this.count = count;
      this.keep = keep;
      this.options = options;
      int first = 0;
      for (ParquetShard shard : shards) {
        long row = 0;
        for (Group group : shard.groups()) {
          if (group.rows() > 0) {
            places.add(new Place(shard, group, first, row));
            images.add(List.of());
          }
          first += group.rows();
          row += group.rows();
        }
      }
    }

    @Override
    public int count() {
      return count;
    }

    private int place(int image) {
      int low = 0;
      int high = places.size() - 1;
      while (low < high) {
        int middle = (low + high + 1) >>> 1;
        if (places.get(middle).first <= image) {
          low = middle;
        } else {
          high = middle - 1;
        }
      }
      return low;
    }

    @Override
    public String name(int image) {
      Place place = places.get(place(image));
      return place.shard.path() + ": row " + (place.row + image - place.first);
    }

    @Override
    public Levels read(int image) throws IOException {
      byte[] file = file(image);
      if (file.length == 0) {
        throw new DataException(name(image), "has no bytes of an image");
      }
      return ImageDecoder.decode(name(image), file, options.background());
    }

    @Override
    public String format(int image) throws IOException {
      return ImageDecoder.format(name(image), file(image));
    }

    private synchronized byte[] file(int image) throws DataException {
      int index = place(image);
      Place place = places.get(index);
      if (images.get(index).isEmpty()) {
        if (!keep && last >= 0) {
          images.set(last, List.of());
        }
        images.set(index, place.shard.images(place.group));
        last = index;
      }
      return images.get(index).get(image - place.first);
    }
  }
}
