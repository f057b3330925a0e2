package haze.diffusion.data;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How images of a file or directory are read. Immutable.
///
/// @param labels a file of their classes, `[n]` as IDX or `.npy`, if they have none of their own
/// @param range the numbers of an array that stand for black and white; found if empty
public record DataOptions(Optional<Path> labels, Optional<ValueRange> range) {
  /// Images as they are.
  public static final DataOptions NONE = new DataOptions(Optional.empty(), Optional.empty());

  /// {@return the same with a file of labels; null for none}
  public DataOptions withLabels(@Nullable Path file) {
    return new DataOptions(Optional.ofNullable(file), range);
  }

  /// {@return the same with other values of black and white; null for those that are found}
  public DataOptions withRange(@Nullable ValueRange values) {
    return new DataOptions(labels, Optional.ofNullable(values));
  }
}
