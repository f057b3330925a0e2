package haze.diffusion.study;

import haze.diffusion.data.DataException;
import haze.diffusion.data.DataSource;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.ImageSize;
import haze.diffusion.data.ImageSurvey;
import haze.diffusion.data.Spread;
import haze.diffusion.figure.CaptionedGrid;
import haze.diffusion.figure.Figure;
import haze.diffusion.figure.ImageGrid;
import haze.diffusion.io.JsonLine;
import haze.nn.file.PrintableText;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What a data set holds: how many images, of which shape and classes, which values, and some of
/// them to look at.
///
/// @param title of the data
/// @param images those to learn from
/// @param heldOut how many there are beside them to measure with
/// @param counts how many images each class has; none without classes
/// @param looked how many images, spread evenly, the values are of
/// @param least the least value of these, in [-1, 1]
/// @param greatest the greatest
/// @param mean of all their values
/// @param survey of the images' files, if they are of several sizes and no size is given; the
///   values are then not looked at
public record DataReport(
    String title,
    ImageDataset images,
    int heldOut,
    List<Integer> counts,
    int looked,
    double least,
    double greatest,
    double mean,
    Optional<ImageSurvey> survey) {
  private static final int SHEET = 64;
  private static final int ROW = 8;
  private static final int ROWS = 12;

  /// More files that cannot be read are counted alone.
  private static final int NAMED = 1000;

  /// The side of an image of several sizes on a sheet.
  private static final int CELL = 96;

  /// As many captions as fit a sheet that is looked at as a whole.
  private static final int LONGEST_NAME = 24;

  /// Copies the list.
  public DataReport {
    counts = List.copyOf(counts);
  }

  /// Looks at a data set.
  ///
  /// @param most how many images, spread evenly, are read for their values, positive
  /// @throws IOException if it cannot be read
  public static DataReport of(DataSource source, int most) throws IOException {
    if (source instanceof DataSource.Stored stored) {
      return of(stored, most);
    }
    Optional<DataSource> held = source.heldOut();
    return of(
        source.title(), source.load(), held.isPresent() ? held.get().load().count() : 0, most);
  }

  private static DataReport of(DataSource.Stored source, int most) throws IOException {
    DataSource.Stored.Parts parts = parts(source);
    ImageDataset images = parts.learned();
    int heldOut = parts.heldOut().map(ImageDataset::count).orElse(0);
    Optional<ImageSurvey> mixed =
        source.options().size().isPresent()
            ? Optional.empty()
            : ImageSurvey.of(images, most).filter(ImageSurvey::isMixed);
    return mixed.isEmpty()
        ? of(source.title(), images, heldOut, most)
        : new DataReport(
            source.title(),
            images,
            heldOut,
            counts(images),
            mixed.get().looked(),
            Double.NaN,
            Double.NaN,
            Double.NaN,
            mixed);
  }

  /// The images as they are; if that fails, as of several sizes it may, in one size.
  private static DataSource.Stored.Parts parts(DataSource.Stored source) throws IOException {
    try {
      return source.loadParts();
    } catch (DataException e) {
      if (source.options().size().isPresent()) {
        throw e;
      }
      return new DataSource.Stored(
              source.path(), source.options().withSize(new ImageSize(CELL, CELL)))
          .loadParts();
    }
  }

  private static DataReport of(String title, ImageDataset images, int heldOut, int most) {
    int looked = Math.min(most, images.count());
    double least = Double.POSITIVE_INFINITY;
    double greatest = Double.NEGATIVE_INFINITY;
    double sum = 0;
    for (int index : Spread.over(images.count(), looked)) {
      for (float value : images.image(index).toArray()) {
        least = Math.min(least, value);
        greatest = Math.max(greatest, value);
        sum += value;
      }
    }
    return new DataReport(
        title,
        images,
        heldOut,
        counts(images),
        looked,
        least,
        greatest,
        sum / looked / images.imageShape().size(),
        Optional.empty());
  }

  private static List<Integer> counts(ImageDataset images) {
    Integer[] counts = new Integer[images.classes()];
    Arrays.fill(counts, 0);
    IntStream.range(0, images.hasLabels() ? images.count() : 0)
        .forEach(i -> counts[images.storedLabel(i)]++);
    return List.of(counts);
  }

  /// {@return the same for programs: `title`, `images`, `held_out`, `shape`, `class_names`,
  /// `class_counts`, `looked_at`, `least`, `greatest` and `mean` of the values, `notes`, and the
  /// messages of images that are `unreadable`; of images of several sizes no shape and no values,
  /// but `sizes`, `formats` and `grey`, see [ImageSurvey#json]}
  public Map<String, @Nullable Object> json() {
    return new JsonLine()
        .put("title", title)
        .put("images", images.count())
        .put("held_out", heldOut)
        .put("shape", survey.isPresent() ? null : images.imageShape().dims())
        .put("class_names", IntStream.range(0, counts.size()).mapToObj(images::className).toList())
        .put("class_counts", counts)
        .put("looked_at", looked)
        .put("least", least)
        .put("greatest", greatest)
        .put("mean", mean)
        .put("notes", images.notes())
        .put("unreadable", unreadable())
        .putAll(survey.map(ImageSurvey::json).orElseGet(DataReport::noSizes))
        .members();
  }

  /// {@return lines such as `classes 10: airplane (5,000), automobile (5,000), ..`}
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("data        " + title);
    if (survey.isPresent()) {
      lines.add(String.format(Locale.ROOT, "images      %,d", images.count()) + share());
      lines.addAll(survey.get().lines());
    } else {
      Shape shape = images.imageShape();
      lines.add(
          String.format(
              Locale.ROOT,
              "images      %,d of %d x %d pixels (width x height), %s",
              images.count(),
              shape.dim(1),
              shape.dim(0),
              shape.dim(2) == 1 ? "grey" : "red, green and blue"));
    }
    lines.add(
        "held out    "
            + (heldOut == 0
                ? "none"
                : String.format(Locale.ROOT, "%,d more, to measure with", heldOut)));
    lines.add("classes     " + classes());
    List<String> empty =
        IntStream.range(0, counts.size())
            .filter(label -> counts.get(label) == 0)
            .mapToObj(images::className)
            .toList();
    if (!empty.isEmpty()) {
      lines.add("empty       without an image: " + String.join(", ", empty));
    }
    if (survey.isEmpty()) {
      lines.add(values());
    }
    images.notes().forEach(note -> lines.add("note        " + note));
    List<String> problems = unreadable();
    if (!problems.isEmpty()) {
      lines.add(
          String.format(
              Locale.ROOT,
              "unreadable  %,d of the images that were looked at:",
              survey.isPresent() ? problems.size() : images.unreadable().count()));
      problems.stream().limit(NAMED).forEach(problem -> lines.add("            " + problem));
      if (problems.size() > NAMED) {
        lines.add("            ..");
      }
    }
    // Names of files and folders may be anything.
    return lines.stream().map(PrintableText::harmless).toList();
  }

  /// Of images of one size.
  private static Map<String, @Nullable Object> noSizes() {
    return new JsonLine().put("sizes", null).put("formats", null).put("grey", null).members();
  }

  private List<String> unreadable() {
    return survey.map(ImageSurvey::unreadable).orElseGet(() -> images.unreadable().messages());
  }

  /// Of how many images the next lines are, if not of all.
  private String share() {
    return looked == images.count()
        ? ""
        : String.format(Locale.ROOT, ", of which %,d were looked at", looked);
  }

  private String values() {
    return String.format(
        Locale.ROOT,
        "values      %.4g to %.4g, mean %.4g, where black is -1 and white 1 (%s)",
        least,
        greatest,
        mean,
        looked == images.count()
            ? "all images"
            : String.format(Locale.ROOT, "of %,d images", looked));
  }

  private String classes() {
    return counts.isEmpty()
        ? "none"
        : counts.size()
            + ": "
            + IntStream.range(0, counts.size())
                .mapToObj(
                    label ->
                        String.format(
                            Locale.ROOT, "%s (%,d)", images.className(label), counts.get(label)))
                .collect(Collectors.joining(", "));
  }

  /// {@return a contact sheet: the first images of each class, a row a class, if there are from 2
  /// to twelve; else images that are spread evenly}
  public Figure figure() {
    List<Integer> full =
        IntStream.range(0, counts.size()).filter(label -> counts.get(label) > 0).boxed().toList();
    if (full.size() < 2 || full.size() > ROWS) {
      int count = Math.min(SHEET, images.count());
      return ImageGrid.of(images(Spread.over(images.count(), count)));
    }
    int columns = Math.min(ROW, full.stream().mapToInt(counts::get).min().orElseThrow());
    int[] shown = new int[full.size() * columns];
    int[] next = new int[counts.size()];
    for (int i = 0; i < images.count(); i++) {
      int label = images.storedLabel(i);
      if (next[label] < columns) {
        shown[full.indexOf(label) * columns + next[label]++] = i;
      }
    }
    return new CaptionedGrid(
        images(shown),
        Collections.nCopies(columns, ""),
        full.stream().map(label -> shortened(images.className(label))).toList());
  }

  private static String shortened(String name) {
    return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME) + "..";
  }

  private Tensor images(int[] indices) {
    return survey.isPresent()
        ? ImageSurvey.sheet(images, indices, CELL)
        : images.images(indices, Tensor.zeros(images.imageShape().batch(indices.length).dims()));
  }
}
