package haze.tensor;

/// Sets elements to zero at random and scales the others, so that the expectation stays (Srivastava
/// et al. 2014):
///
/// ```
/// y[i] = x[i] / (1 - p) with probability 1 - p, otherwise 0
/// ```
///
/// Which elements is a function of the random stream: the same for every call, on any thread. So
/// the gradient of x is this function of the gradient of y.
///
/// @param probability p, at least 0 and below 1
/// @param stream of the first image; image i of a batch has that of image `stream.image() + i`
public record Dropout(double probability, Rng stream) {

  /// @throws IllegalArgumentException if the probability is none, or 1
  public Dropout {
    if (!(probability >= 0 && probability < 1)) {
      throw new IllegalArgumentException(
          "dropout: probability " + probability + ", expected at least 0 and below 1");
    }
  }

  /// {@return the scaled or dropped elements}
  ///
  /// @param allocator gives the result's memory
  /// @param x a batch, `[n, ...]`
  public Tensor apply(Allocator allocator, Tensor x) {
    Tensor y = allocator.allocate(x.shape());
    float scale = (float) (1 / (1 - probability));
    for (int image = 0; image < x.dim(0); image++) {
      Tensor out = y.at(image);
      new Rng(stream.seed(), stream.purpose(), stream.step(), stream.image() + image).uniform(out);
      int from = x.offset() + image * out.size();
      for (int i = 0; i < out.size(); i++) {
        int at = out.offset() + i;
        out.data()[at] = out.data()[at] < probability ? 0 : scale * x.data()[from + i];
      }
    }
    return y;
  }
}
