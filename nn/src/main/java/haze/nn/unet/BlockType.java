package haze.nn.unet;

/// What a level of a [UNet] is made of, on the way down or up.
public enum BlockType {
  /// Residual blocks.
  PLAIN("DownBlock2D", "UpBlock2D"),
  /// Residual blocks, each followed by attention.
  ATTENTION("AttnDownBlock2D", "AttnUpBlock2D");

  private final String down;
  private final String up;

  BlockType(String down, String up) {
    this.down = down;
    this.up = up;
  }

  /// {@return diffusers' name of it on the way down}
  public String down() {
    return down;
  }

  /// {@return diffusers' name of it on the way up}
  public String up() {
    return up;
  }

  /// {@return whether attention is a part of it}
  public boolean hasAttention() {
    return this == ATTENTION;
  }
}
