package haze.diffusion.data;

import haze.diffusion.data.image.Levels;
import haze.diffusion.io.JsonLine;
import haze.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Images of a data set as their files have them, before they are cropped and scaled.
///
/// @param looked how many images, spread evenly, were read
/// @param sizes of those that can be read, from the smallest to the largest area
/// @param formats how many files there are of each format
/// @param grey how many have one channel
/// @param unreadable what is wrong with the others, a line each that begins with the name
public record ImageSurvey(
    int looked,
    List<Size> sizes,
    SortedMap<String, Integer> formats,
    int grey,
    List<String> unreadable) {
  /// A suggested size is at most this: more is slow to learn from without a graphics card.
  private static final int MOST_SUGGESTED = 64;

  /// Behind the images of a contact sheet.
  private static final float BACKGROUND = -0.5f;

  private static final int CHANNELS = 3;

  /// Copies the lists.
  public ImageSurvey {
    sizes = List.copyOf(sizes);
    unreadable = List.copyOf(unreadable);
  }

  /// In pixels.
  public record Size(int width, int height) {
    private int shorter() {
      return Math.min(width, height);
    }

    private List<Integer> json() {
      return List.of(width, height);
    }

    @Override
    public String toString() {
      return width + " x " + height;
    }
  }

  /// {@return what the files of a data set have; none if its images are numbers of an array}
  ///
  /// @param most how many images, spread evenly, are read, positive
  public static Optional<ImageSurvey> of(ImageDataset data, int most) {
    return data.reader().map(reader -> of(reader, Math.min(most, reader.count())));
  }

  private static ImageSurvey of(LevelReader reader, int looked) {
    List<Size> sizes = new ArrayList<>();
    SortedMap<String, Integer> formats = new TreeMap<>();
    int grey = 0;
    List<String> unreadable = new ArrayList<>();
    for (int index : Spread.over(reader.count(), looked)) {
      try {
        Levels levels = reader.read(index);
        sizes.add(new Size(levels.shape().dim(1), levels.shape().dim(0)));
        grey += levels.shape().dim(2) == 1 ? 1 : 0;
        formats.merge(reader.format(index), 1, Integer::sum);
      } catch (IOException e) {
        unreadable.add(String.valueOf(e.getMessage()));
      }
    }
    sizes.sort(
        Comparator.comparingLong((Size size) -> (long) size.width * size.height)
            .thenComparingInt(Size::width));
    return new ImageSurvey(looked, sizes, formats, grey, unreadable);
  }

  /// {@return whether there are several sizes}
  public boolean isMixed() {
    return sizes.stream().distinct().count() > 1;
  }

  /// {@return lines for people: sizes, formats, channels}
  public List<String> lines() {
    int colour = sizes.size() - grey;
    return List.of(
        "sizes       "
            + sizes.stream().distinct().count()
            + ": smallest "
            + sizes.getFirst()
            + ", median "
            + sizes.get(sizes.size() / 2)
            + ", largest "
            + sizes.getLast()
            + " (width x height)",
        "formats     "
            + formats.entrySet().stream()
                .map(
                    entry ->
                        String.format(Locale.ROOT, "%,d", entry.getValue()) + " " + entry.getKey())
                .collect(Collectors.joining(", ")),
        "channels    "
            + (colour == 0
                ? "grey"
                : (grey == 0 ? "" : String.format(Locale.ROOT, "%,d grey, %,d ", grey, colour))
                    + "red, green and blue"));
  }

  /// {@return the same for programs: `sizes`, an object of how many there are as `distinct`, and
  /// the `smallest`, the `median` and the `largest` as width and height; `formats`, an object of
  /// how many files there are of each; and `grey`}
  public Map<String, @Nullable Object> json() {
    return new JsonLine()
        .put(
            "sizes",
            new JsonLine()
                .put("distinct", sizes.stream().distinct().count())
                .put("smallest", sizes.getFirst().json())
                .put("median", sizes.get(sizes.size() / 2).json())
                .put("largest", sizes.getLast().json()))
        .put("formats", formats)
        .put("grey", grey)
        .members();
  }

  /// {@return the side of a square that suits most of the images, and what becomes of them in it}
  ///
  /// @param multiple of what it is to be a multiple, so that a network can halve it
  public String suggestion(int multiple) {
    int median = sizes.stream().mapToInt(Size::shorter).sorted().toArray()[sizes.size() / 2];
    int side = Math.max(multiple, Math.min(median, MOST_SUGGESTED) / multiple * multiple);
    long smaller = sizes.stream().filter(size -> size.shorter() < side).count();
    return String.format(
            Locale.ROOT,
            "--size %d takes the middle square of each image and scales it to %d x %d",
            side,
            side,
            side)
        + (smaller == 0
            ? ""
            : String.format(
                Locale.ROOT, "; %,d of %,d are smaller and get enlarged", smaller, sizes.size()));
  }

  /// {@return images, each as a whole in the middle of a square, `[indices.length, side, side, 3]`;
  /// of an image that cannot be read an empty square}
  ///
  /// @param data images of files
  /// @param indices which of them
  /// @param side of the squares, in pixels
  /// @throws IllegalArgumentException if the data are numbers of an array
  public static Tensor sheet(ImageDataset data, int[] indices, int side) {
    LevelReader reader =
        data.reader().orElseThrow(() -> new IllegalArgumentException("no images of files"));
    Tensor sheet = Tensor.full(BACKGROUND, indices.length, side, side, CHANNELS);
    for (int i = 0; i < indices.length; i++) {
      try {
        draw(whole(reader.read(indices[i]).channels(CHANNELS), side), sheet.at(i));
      } catch (IOException e) {
        // Its square stays empty; the report names it.
      }
    }
    return sheet;
  }

  /// The image with its longer side scaled down to a length, or magnified by a whole number.
  private static Levels whole(Levels image, int side) {
    int height = image.shape().dim(0);
    int width = image.shape().dim(1);
    int longer = Math.max(height, width);
    if (longer > side) {
      return image.fit(
          Math.max(1, Math.round((float) height * side / longer)),
          Math.max(1, Math.round((float) width * side / longer)));
    }
    int factor = side / longer;
    byte[] larger = new byte[image.bytes().length * factor * factor];
    for (int y = 0, at = 0; y < height * factor; y++) {
      for (int x = 0; x < width * factor; x++) {
        for (int c = 0; c < CHANNELS; c++) {
          larger[at++] = image.bytes()[(y / factor * width + x / factor) * CHANNELS + c];
        }
      }
    }
    return new Levels(image.shape().with(0, height * factor).with(1, width * factor), larger);
  }

  private static void draw(Levels image, Tensor square) {
    int side = square.dim(0);
    int height = image.shape().dim(0);
    int row = image.shape().dim(1) * CHANNELS;
    int left = (side - image.shape().dim(1)) / 2 * CHANNELS;
    int top = (side - height) / 2;
    for (int y = 0; y < height; y++) {
      int to = square.offset() + (top + y) * side * CHANNELS + left;
      for (int x = 0; x < row; x++) {
        square.data()[to + x] = PixelScale.value(Byte.toUnsignedInt(image.bytes()[y * row + x]));
      }
    }
  }
}
