package haze.diffusion.figure;

import haze.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Images that were made, as every [OutputFormat] has them.
///
/// @param main the name of the tensor that an `.npy` file holds
/// @param tensors that, and what it was made from, by name; `[n, h, w, c]`, images in [-1, 1]
/// @param figure the same for people
/// @param metadata how they were made, in this order
public record Output(
    String main, Map<String, Tensor> tensors, Figure figure, Map<String, String> metadata) {
  /// Checks the names.
  ///
  /// @throws IllegalArgumentException if there is no tensor of the name `main`
  public Output {
    tensors = Map.copyOf(tensors);
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    if (!tensors.containsKey(main)) {
      throw new IllegalArgumentException(
          "output: there is no tensor " + main + ", only " + tensors.keySet());
    }
  }

  /// Images in blocks, see [ImageGrid].
  public static Output of(
      String main,
      Map<String, Tensor> tensors,
      List<ImageGrid.Block> blocks,
      Map<String, String> metadata) {
    // Not every model's images can be drawn: they are not looked at before they have to be.
    return new Output(main, tensors, () -> new ImageGrid(blocks).draw(), metadata);
  }

  /// {@return the tensor of a name}
  ///
  /// @throws NullPointerException if there is none
  public Tensor tensor(String name) {
    return Objects.requireNonNull(tensors.get(name), name);
  }
}
