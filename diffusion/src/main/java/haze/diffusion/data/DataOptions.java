package haze.diffusion.data;

import haze.diffusion.data.image.Background;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How images of a file or directory are read. Immutable.
///
/// @param labels a file of their classes, `[n]` as IDX or `.npy`, if they have none of their own
/// @param range the numbers of an array that stand for black and white; found if empty
/// @param size what images are cropped and scaled to; as they are if empty
/// @param color grey, in colour, or as they are
/// @param background what lies behind transparent pixels
/// @param strict whether an image that cannot be read is an error; else another takes its place
/// @param heldOut one image in so many is kept to measure with, if the data has none of that kind;
///   0: none
public record DataOptions(
    Optional<Path> labels,
    Optional<ValueRange> range,
    Optional<ImageSize> size,
    ColorChoice color,
    Background background,
    boolean strict,
    int heldOut) {
  /// Images as they are, all to learn from.
  public static final DataOptions NONE =
      new DataOptions(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          ColorChoice.AS_IS,
          Background.DEFAULT,
          false,
          0);

  /// Checks the number.
  ///
  /// @throws IllegalArgumentException if it is negative or 1
  public DataOptions {
    if (heldOut < 0 || heldOut == 1) {
      throw new IllegalArgumentException("held out is one in " + heldOut + ", expected 0, or 2 up");
    }
  }

  /// {@return the same with a file of labels; null for none}
  public DataOptions withLabels(@Nullable Path file) {
    return new DataOptions(
        Optional.ofNullable(file), range, size, color, background, strict, heldOut);
  }

  /// {@return the same with other values of black and white}
  public DataOptions withRange(@Nullable ValueRange values) {
    return new DataOptions(
        labels, Optional.ofNullable(values), size, color, background, strict, heldOut);
  }

  /// {@return the same with another size; null for as they are}
  public DataOptions withSize(@Nullable ImageSize other) {
    return new DataOptions(
        labels, range, Optional.ofNullable(other), color, background, strict, heldOut);
  }

  /// {@return the same, grey or in colour}
  public DataOptions withColor(ColorChoice other) {
    return new DataOptions(labels, range, size, other, background, strict, heldOut);
  }

  /// {@return the same with another background}
  public DataOptions withBackground(Background other) {
    return new DataOptions(labels, range, size, color, other, strict, heldOut);
  }

  /// {@return the same, in which an image that cannot be read is an error or not}
  public DataOptions withStrict(boolean error) {
    return new DataOptions(labels, range, size, color, background, error, heldOut);
  }

  /// {@return the same with one image in so many to measure with; 0: none}
  public DataOptions withHeldOut(int oneIn) {
    return new DataOptions(labels, range, size, color, background, strict, oneIn);
  }
}
