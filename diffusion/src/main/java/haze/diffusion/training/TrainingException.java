package haze.diffusion.training;

/// Training that cannot go on, with the reason in one line.
public final class TrainingException extends Exception {
  private static final long serialVersionUID = 1;

  /// A reason to stop.
  ///
  /// @param message one line
  public TrainingException(String message) {
    super(message);
  }

  /// A reason to stop that another failure has.
  ///
  /// @param message one line
  public TrainingException(String message, Throwable cause) {
    super(message, cause);
  }
}
