package haze.diffusion.spark;

import java.io.IOException;

/// A task has failed for a reason that would be there again, such as images that it does not find.
final class TaskFailedException extends IOException {
  private static final long serialVersionUID = 1;

  TaskFailedException(String message) {
    super(message);
  }
}
