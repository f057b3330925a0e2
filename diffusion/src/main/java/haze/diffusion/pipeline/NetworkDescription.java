package haze.diffusion.pipeline;

import static haze.diffusion.io.Quantities.counted;
import static haze.diffusion.pipeline.ModelDescription.line;

import haze.nn.unet.BlockType;
import haze.nn.unet.ImageSize;
import haze.nn.unet.UNetConfig;
import haze.nn.unet.UNetSwitch;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What a network is, for people.
public final class NetworkDescription {
  private NetworkDescription() {}

  /// {@return a line for each part: images, levels, attention, classes, and the rarer choices that
  /// are not the default}
  public static List<String> lines(UNetConfig unet) {
    List<String> lines = new ArrayList<>();
    lines.add(
        line(
            "images",
            unet.sampleSize().map(NetworkDescription::size).orElse("of any size")
                + ", "
                + counted(unet.inChannels(), "channel")));
    if (unet.get(UNetSwitch.FOURIER_FEATURES)) {
      lines.add(line("input", "the image, and sines and cosines of its values"));
    }
    lines.add(
        line(
            "levels",
            unet.blockOutChannels().size()
                + "; channels "
                + joined(unet.blockOutChannels())
                + " from the finest on; "
                + counted(unet.layersPerBlock(), "residual block")
                + " each"));
    lines.add(line("attention", attention(unet)));
    if (unet.noClassLabel().isPresent()) {
      lines.add(
          line(
              "classes",
              (unet.classes() == 0 ? "0" : unet.classes() + ", from 0 to " + (unet.classes() - 1))
                  + "; label "
                  + unet.noClassLabel().getAsInt()
                  + " stands for no class"));
    } else if (unet.classes() > 0) {
      lines.add(
          line("classes", unet.classes() + ", from 0 to " + (unet.classes() - 1) + ", always one"));
    }
    List<String> rare = rare(unet);
    if (!rare.isEmpty()) {
      lines.add(line("switches", String.join(", ", rare)));
    }
    return lines;
  }

  private static String size(ImageSize size) {
    return size + (size.height() == size.width() ? "" : " (width x height)");
  }

  /// Types of levels that the lines before do not name, and switches, under diffusers' names.
  private static List<String> rare(UNetConfig unet) {
    Stream<String> types =
        Stream.concat(
            unet.downBlockTypes().stream().filter(NetworkDescription::isRare).map(BlockType::down),
            unet.upBlockTypes().stream().filter(NetworkDescription::isRare).map(BlockType::up));
    Stream<String> switches =
        UNetSwitch.all().stream()
            .filter(key -> !unet.get(key).equals(key.missing()))
            .map(key -> key + " " + written(unet, key));
    return Stream.concat(types.distinct(), switches).toList();
  }

  private static boolean isRare(BlockType type) {
    return type != BlockType.PLAIN && type != BlockType.ATTENTION;
  }

  private static <T> String written(UNetConfig unet, UNetSwitch<T> key) {
    return Objects.toString(key.written(unet.get(key)));
  }

  private static String attention(UNetConfig unet) {
    // Levels count from 1, the finest; the way up lists them from the coarsest.
    List<Integer> down =
        IntStream.rangeClosed(1, unet.downBlockTypes().size())
            .filter(level -> unet.downBlockTypes().get(level - 1).hasAttention())
            .boxed()
            .toList();
    List<Integer> up =
        IntStream.rangeClosed(1, unet.upBlockTypes().size())
            .filter(
                level -> unet.upBlockTypes().get(unet.upBlockTypes().size() - level).hasAttention())
            .boxed()
            .toList();
    String heads =
        unet.attentionHeadDim().isPresent()
            ? "heads of " + counted(unet.attentionHeadDim().getAsInt(), "channel")
            : "one head";
    if (down.isEmpty() && up.isEmpty() && !unet.midAttention()) {
      return "none";
    }
    return (down.isEmpty() ? "" : "down in level " + joined(down) + ", ")
        + (unet.midAttention() ? "middle, " : "")
        + (up.isEmpty() ? "" : "up in level " + joined(up) + ", ")
        + heads;
  }

  private static String joined(List<Integer> numbers) {
    return String.join(", ", numbers.stream().map(Object::toString).toList());
  }
}
