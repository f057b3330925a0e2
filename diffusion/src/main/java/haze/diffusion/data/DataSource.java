package haze.diffusion.data;

import haze.tensor.Shape;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where images come from, as a person, a command or the configuration of a run names it.
///
/// | text | source |
/// |---|---|
/// | `mnist` | MNIST's images to learn from, embedded |
/// | `test` | MNIST's images to measure with, embedded |
/// | `memory: ...` | images that a program held in memory |
/// | any other | the path of a file or directory in one of the formats of [DataFormat] |
///
/// A file of such a name is `./mnist`.
public sealed interface DataSource {
  /// {@return what [#parse] reads as this source; stands in the configuration of a run}
  String text();

  /// {@return the name for reports, such as `mnist test` or the path}
  String title();

  /// {@return the images}
  ///
  /// @throws DataException if they cannot be read
  ImageDataset load() throws DataException;

  /// {@return the images of the same kind that nothing learns from, if there are any}
  default Optional<DataSource> heldOut() {
    return Optional.empty();
  }

  /// {@return the same images in the size and with the channels of a network: those of a path are
  /// cropped to their middle, scaled and converted, others stay as they are}
  ///
  /// @param image the shape of the network's images, `[h, w, c]`
  default DataSource fitted(Shape image) {
    return this;
  }

  /// {@return the file that has the labels of the images; none if there is no such file}
  default Optional<Path> labels() {
    return Optional.empty();
  }

  /// MNIST, which the module carries with it, see [Mnist].
  enum Embedded implements DataSource {
    /// The images to learn from.
    TRAIN("mnist", "mnist train"),
    /// The images to measure with.
    TEST("test", "mnist test");

    private final String text;
    private final String title;

    Embedded(String text, String title) {
      this.text = text;
      this.title = title;
    }

    @Override
    public String text() {
      return text;
    }

    @Override
    public String title() {
      return title;
    }

    @Override
    public ImageDataset load() throws DataException {
      return this == TRAIN ? Mnist.train() : Mnist.test();
    }

    @Override
    public Optional<DataSource> heldOut() {
      return this == TRAIN ? Optional.of(TEST) : Optional.empty();
    }
  }

  /// A file or directory in one of the formats of [DataFormat].
  ///
  /// @param path the images
  record Stored(Path path, DataOptions options) implements DataSource {
    @Override
    public String text() {
      return path.toString();
    }

    @Override
    public String title() {
      return path.toString();
    }

    @Override
    public Optional<Path> labels() {
      return options.labels();
    }

    /// Both parts of the data.
    ///
    /// @param learned the images to learn from
    /// @param heldOut those to measure with, if there are any
    public record Parts(ImageDataset learned, Optional<ImageDataset> heldOut) {}

    /// {@return the images to learn from: those that are not held out, if the data has no images to
    /// measure with apart}
    @Override
    public ImageDataset load() throws DataException {
      DataParts parts = DataFormat.open(path, options);
      ImageDataset all = parts.training().load();
      if (parts.test().isPresent() || options.heldOut() == 0) {
        return all;
      }
      ImageDataset learned = part(all, false);
      return learned == all
          ? all
          : learned.withNote(
              String.format(
                  Locale.ROOT,
                  "%,d of %,d images are held out to measure with, one in %d",
                  all.count() - learned.count(),
                  all.count(),
                  options.heldOut()));
    }

    /// {@return the images to learn from, without a remark on the others, and the others}
    ///
    /// @throws DataException if they cannot be read
    public Parts loadParts() throws DataException {
      DataParts parts = DataFormat.open(path, options);
      ImageDataset all = parts.training().load();
      return options.heldOut() > 0 && parts.test().isEmpty()
          ? new Parts(part(all, false), heldOut(parts, () -> all))
          : new Parts(all, heldOut(parts, () -> all));
    }

    private Optional<ImageDataset> heldOut(DataParts parts, DataParts.Part training)
        throws DataException {
      if (options.heldOut() == 0) {
        return Optional.empty();
      }
      if (parts.test().isPresent()) {
        return Optional.of(parts.test().get().load());
      }
      ImageDataset all = training.load();
      ImageDataset held = part(all, true);
      return held == all ? Optional.empty() : Optional.of(held);
    }

    /// Those that are held out, or not; all if none are held out.
    private ImageDataset part(ImageDataset all, boolean held) {
      int[] indices = new Split(all.count(), options.heldOut()).indices(held);
      return indices.length == 0 || indices.length == all.count() ? all : all.subset(indices);
    }

    @Override
    public Stored fitted(Shape image) {
      return new Stored(
          path,
          options
              .withSize(new ImageSize(image.dim(1), image.dim(0)))
              .withColor(ColorChoice.of(image.dim(2))));
    }

    @Override
    public Optional<DataSource> heldOut() {
      return options.heldOut() == 0 ? Optional.empty() : Optional.of(new HeldOut(this));
    }
  }

  /// The images of a path that nothing learns from: the data's own, or those that are held out.
  ///
  /// @param all the path, with a share that is held out
  record HeldOut(Stored all) implements DataSource {
    @Override
    public String text() {
      return all.text();
    }

    @Override
    public String title() {
      return all.title() + ", held out";
    }

    @Override
    public HeldOut fitted(Shape image) {
      return new HeldOut(all.fitted(image));
    }

    @Override
    public ImageDataset load() throws DataException {
      DataParts parts = DataFormat.open(all.path(), all.options());
      return all.heldOut(parts, parts.training()).orElseThrow(this::tooFew);
    }

    /// {@return what is wrong if there are none}
    public DataException tooFew() {
      return new DataException(
          all.text(),
          "has too few images to hold some out; --data says which to measure with, train or a"
              + " path");
    }
  }

  /// Images that a program holds in memory.
  ///
  /// @param description how many, of which shape and how many classes
  /// @param data the images; none if only the description is known, from the configuration of a run
  record InMemory(String description, Optional<ImageDataset> data) implements DataSource {
    private static final String PREFIX = "memory: ";

    @Override
    public String text() {
      return PREFIX + description;
    }

    @Override
    public String title() {
      return text();
    }

    @Override
    public ImageDataset load() throws DataException {
      return data.orElseThrow(
          () -> new DataException(text(), "is known to the program alone that held it in memory"));
    }
  }

  /// {@return images in memory as a source}
  ///
  /// @param data the images
  static DataSource of(ImageDataset data) {
    return new InMemory(data.toString(), Optional.of(data));
  }

  /// {@return the source of a text}
  ///
  /// @param text see the table above
  /// @param options how images of a path are read
  /// @throws IllegalArgumentException if there are labels for what is no path
  static DataSource parse(String text, DataOptions options) {
    DataSource source =
        switch (text) {
          case "mnist" -> Embedded.TRAIN;
          case "test" -> Embedded.TEST;
          default ->
              text.startsWith(InMemory.PREFIX)
                  ? new InMemory(text.substring(InMemory.PREFIX.length()), Optional.empty())
                  : new Stored(Path.of(text), options);
        };
    if (options.labels().isPresent() && !(source instanceof Stored)) {
      throw labelsApart();
    }
    return source;
  }

  /// As [#parse(String, DataOptions)], with images as they are.
  static DataSource parse(String text) {
    return parse(text, DataOptions.NONE);
  }

  /// {@return the source of a text that an evaluation of a model is given: `train` is what the
  /// model learned from, `test` what is held out of that, and the rest as for [#parse(String)], in
  /// the size of what the model learned from}
  ///
  /// @param text the text
  /// @param labels a file of labels for the images of a path; else null
  /// @param learned what the model learned from
  /// @throws IllegalArgumentException if there are labels for what is no file, or nothing is held
  ///   out
  static DataSource parse(String text, @Nullable Path labels, DataSource learned) {
    boolean train = text.equals("train");
    if (!train && !text.equals("test")) {
      DataOptions options = learned instanceof Stored stored ? stored.options() : DataOptions.NONE;
      return parse(text, options.withRange(null).withHeldOut(0).withLabels(labels));
    }
    if (labels != null) {
      throw labelsApart();
    }
    return train
        ? learned
        : learned
            .heldOut()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "the run learned from "
                            + learned.text()
                            + ", which has no images to measure with: --data says which to take,"
                            + " train or a path"));
  }

  private static IllegalArgumentException labelsApart() {
    return new IllegalArgumentException("--labels is for --data PATH");
  }
}
