package haze.benchmarks.report;

import haze.nn.Parameter;
import haze.nn.unet.UNet;
import haze.nn.unet.UNetConfig;
import haze.tensor.Shape;
import java.util.Map;

/// How many floating-point operations a U-Net's matrix products and convolutions are, read off its
/// parameters: a weight takes part in one multiplication and one addition for each pixel of the
/// level that it works at.
final class UNetWork {
  /// Forward, the gradient of the input and the gradient of the weights cost the same.
  static final int PASSES_OF_TRAINING = 3;

  private UNetWork() {}

  /// Operations of one forward pass for one image; convolutions counted as direct sums, everything
  /// else left out.
  static double forward(UNetConfig config) {
    double total = 0;
    for (Map.Entry<String, Parameter> parameter : new UNet(config).parameters().entrySet()) {
      String name = parameter.getKey();
      Shape shape = parameter.getValue().value().shape();
      double pixels = pixels(name, config);
      if (shape.rank() >= 2) {
        total += 2 * pixels * shape.size();
      }
      if (name.endsWith(".to_q.weight")) {
        // Queries by keys, and probabilities by values.
        total += 2 * 2 * pixels * pixels * shape.dim(1);
      }
    }
    return total;
  }

  private static double pixels(String name, UNetConfig config) {
    int last = config.blockOutChannels().size() - 1;
    String[] parts = name.split("\\.", -1);
    if (name.contains("time_emb")) {
      return 1;
    }
    int level =
        switch (parts[0]) {
          case "down_blocks" -> Integer.parseInt(parts[1]);
          case "mid_block" -> last;
          case "up_blocks" -> last - Integer.parseInt(parts[1]);
          default -> 0;
        };
    // A convolution that changes the resolution is paid for at the resolution of its output.
    int shift = name.contains(".downsamplers.") ? 1 : name.contains(".upsamplers.") ? -1 : 0;
    int halvings = level + shift;
    return (double) (config.imageSize().height() >> halvings)
        * (config.imageSize().width() >> halvings);
  }
}
