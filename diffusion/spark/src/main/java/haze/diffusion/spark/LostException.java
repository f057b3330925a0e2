package haze.diffusion.spark;

import java.io.IOException;

/// Another process of the training is gone, or cannot be reached: the same steps may be computed
/// again with others.
final class LostException extends IOException {
  private static final long serialVersionUID = 1;

  LostException(String message) {
    super(message);
  }

  LostException(String message, Throwable cause) {
    super(message, cause);
  }
}
