package haze.diffusion.pipeline;

import haze.tensor.Tensor;

/// The network's output is NaN or infinite; the message is one line.
public final class NotFiniteException extends ArithmeticException {
  private static final long serialVersionUID = 1;

  private NotFiniteException() {
    super("the network's output is no number (NaN or infinite), its weights are damaged");
  }

  /// Checks what a network made.
  ///
  /// @param images of any shape
  /// @return the same
  /// @throws NotFiniteException if an element is NaN or infinite
  public static Tensor requireFinite(Tensor images) {
    for (float value : images.toArray()) {
      if (!Float.isFinite(value)) {
        throw new NotFiniteException();
      }
    }
    return images;
  }
}
