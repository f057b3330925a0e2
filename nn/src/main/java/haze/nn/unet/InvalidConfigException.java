package haze.nn.unet;

/// A value of a [UNetConfig] that makes no sense; the message is one line.
public final class InvalidConfigException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String key;
  private final String problem;

  InvalidConfigException(String key, String problem) {
    super("u-net: " + key + " " + problem);
    this.key = key;
    this.problem = problem;
  }

  /// {@return the key of diffusers' `UNet2DModel`, such as `norm_num_groups`}
  public String key() {
    return key;
  }

  /// {@return the rest of the message, such as `is 0, expected at least 1`}
  public String problem() {
    return problem;
  }
}
