package haze.diffusion.editing;

import haze.tensor.Tensor;
import java.util.stream.Stream;

/// Batches made of others.
final class Batches {
  private Batches() {}

  /// The same image several times.
  ///
  /// @param image `[1, ...]`
  static Tensor repeat(Tensor image, int count) {
    return join(Stream.generate(() -> image).limit(count).toArray(Tensor[]::new));
  }

  /// Several batches as one, in their order.
  static Tensor join(Tensor... batches) {
    int count = Stream.of(batches).mapToInt(batch -> batch.dim(0)).sum();
    Tensor joined = Tensor.zeros(batches[0].shape().with(0, count).dims());
    int next = 0;
    for (Tensor batch : batches) {
      joined.slice(next, batch.dim(0)).copyFrom(batch);
      next += batch.dim(0);
    }
    return joined;
  }
}
