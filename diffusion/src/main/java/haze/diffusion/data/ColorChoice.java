package haze.diffusion.data;

/// Whether images are grey or in colour.
public enum ColorChoice {
  /// As they are; if some are grey and some in colour, in colour.
  AS_IS("as-is", 0),
  /// One channel; of colours their luma (ITU-R BT.601).
  GREY("grey", 1),
  /// Red, green and blue; of grey three equal channels.
  RGB("rgb", 3);

  private final String text;
  private final int channels;

  ColorChoice(String text, int channels) {
    this.text = text;
    this.channels = channels;
  }

  /// {@return the choice that gives images so many channels; as they are if no choice does}
  static ColorChoice of(int channels) {
    return channels == GREY.channels ? GREY : channels == RGB.channels ? RGB : AS_IS;
  }

  /// {@return the number of channels, of images that have so many themselves}
  int channels(int own) {
    return channels == 0 ? own : channels;
  }

  /// {@return the name on the command line and in files}
  @Override
  public String toString() {
    return text;
  }
}
