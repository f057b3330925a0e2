package haze.diffusion.cli;

import haze.diffusion.data.ImageArgument;
import haze.diffusion.figure.ImageGrid.Block;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.sampler.Sampler;
import haze.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `haze encode`: from pictures to the noise that would make them.
@Command(
    name = "encode",
    description =
        "Finds the noise from which the model makes given pictures: deterministic sampling walked"
            + " the other way (DDIM inversion).",
    footer = {
      "",
      "The picture shows three rows: the pictures, their encodings, and what the sampler makes of"
          + " these.",
      "Tensors in .safetensors: original, encoding (all of .npy), reconstruction.",
      "Nothing is clipped on the way, neither there nor back."
    })
final class EncodeCommand extends EditCommand {
  /// From here on reconstructions of digits hardly get better.
  static final int USUAL_ROUNDS = 3;

  private static final int ROWS = 3;

  @Option(
      names = "--image",
      paramLabel = IMAGE,
      required = true,
      description = "what to encode, may be given several times: " + ImageArgument.FORMS)
  private List<String> images;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "" + USUAL_ROUNDS,
      description =
          "how often the network is asked in a step; 1 is the usual inversion, more make it exact"
              + " (default: ${DEFAULT-VALUE})")
  private int rounds;

  @SuppressWarnings("NullAway.Init") // picocli sets them.
  EncodeCommand() {
    super("encoding");
  }

  @Override
  void check() {
    model.requireAtLeast("--rounds", rounds, 1);
  }

  @Override
  SamplerKind kind(SchedulerConfig scheduler) {
    SamplerKind kind = way.smoothKind(scheduler);
    way.requireInvertible(kind);
    return kind;
  }

  @Override
  SchedulerConfig adapted(SchedulerConfig scheduler) {
    return scheduler.withoutClipping();
  }

  @Override
  long images() {
    return (long) ROWS * images.size();
  }

  @Override
  Samples.Made make(Studio studio, Sampler sampler) throws IOException {
    Tensor[] given = new Tensor[images.size()];
    for (int i = 0; i < given.length; i++) {
      given[i] = studio.read(images.get(i));
    }
    Tensor original = Studio.join(given);
    Tensor encoding = studio.encode(sampler, original, rounds);
    Tensor back = studio.denoise(sampler, encoding, 0);
    report(original, encoding, back);
    return new Samples.Made(
        "encoding",
        Map.of("original", original, "encoding", encoding, "reconstruction", back),
        List.of(new Block(Studio.join(original, encoding, back), given.length)));
  }

  private void report(Tensor original, Tensor encoding, Tensor back) {
    double error = 0;
    for (float difference : WeightedSum.of(1, original, -1, back).toArray()) {
      error += Math.abs(difference);
    }
    double sum = 0;
    double squares = 0;
    for (float value : encoding.toArray()) {
      sum += value;
      squares += (double) value * value;
    }
    double mean = sum / encoding.size();
    model
        .console()
        .println(
            String.format(
                Locale.ROOT,
                "encoding        mean %.4f, standard deviation %.4f (noise: 0 and 1)%n"
                    + "reconstruction  mean absolute error %.5f, of pixels from -1 to 1",
                mean,
                Math.sqrt(squares / encoding.size() - mean * mean),
                error / original.size()));
  }
}
