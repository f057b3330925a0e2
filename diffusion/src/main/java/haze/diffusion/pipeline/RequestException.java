package haze.diffusion.pipeline;

/// A request that makes no sense, or not for this model; the message is one line.
public final class RequestException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final boolean named;

  private RequestException(boolean named, String message, Throwable cause) {
    super(message, cause);
    this.named = named;
  }

  /// A wrong value.
  ///
  /// @param name the name of the value, such as `steps`
  /// @param problem the rest of the message, such as `is 0, expected at least 1`
  public RequestException(String name, String problem) {
    super(name + " " + problem);
    named = true;
  }

  /// Values that do not go together, or not with the model.
  ///
  /// @param problem the message
  public RequestException(String problem) {
    super(problem);
    named = false;
  }

  /// {@return the refusal of values that do not go together, or not with the model}
  public static RequestException because(IllegalArgumentException cause) {
    return cause instanceof RequestException own
        ? own
        : new RequestException(false, String.valueOf(cause.getMessage()), cause);
  }

  /// {@return whether the message begins with the name of the value that is wrong}
  public boolean isNamed() {
    return named;
  }

  /// Checks a number.
  ///
  /// @throws RequestException if it is too small
  public static void requireAtLeast(String name, int value, int least) {
    if (value < least) {
      throw new RequestException(name, "is " + value + ", expected at least " + least);
    }
  }
}
