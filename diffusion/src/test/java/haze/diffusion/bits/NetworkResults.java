package haze.diffusion.bits;

import haze.autograd.MeanSquaredError;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.loss.SimpleLoss;
import haze.diffusion.loss.TimestepSampler;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.training.Preset;
import haze.diffusion.training.Settings;
import haze.diffusion.training.Trainer;
import haze.diffusion.training.TrainingException;
import haze.nn.ParameterVector;
import haze.nn.optim.Adam;
import haze.nn.optim.Optimizer;
import haze.nn.unet.UNet;
import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// A small network: its output, gradients, weights after some steps and the samples of every
/// sampler; and a step of the network that speed is measured on.
final class NetworkResults {
  private static final int SAMPLES = 2;
  private static final int SIDE = 28;

  private final int threads;

  /// @param threads threads of training and sampling
  NetworkResults(int threads) {
    this.threads = threads;
  }

  List<Result> all() {
    List<Result> results = new ArrayList<>();
    results.add(Result.of("U-Net", "tiny", NetworkResults::output));
    results.add(new Result("U-Net, gradients of the weights", "tiny", NetworkResults::gradients));
    results.add(training(Preset.TINY, 16, 5));
    results.add(training(Preset.REFERENCE, 64, 1));
    for (SamplerKind kind : SamplerKind.values()) {
      results.add(Result.of("samples of " + kind.cliName(), "tiny, 5 steps", () -> sample(kind)));
    }
    return results;
  }

  /// Weights, moving average and optimizer after some steps on random images.
  Result training(Preset preset, int batch, int steps) {
    return new Result(
        "training state, " + steps + (steps == 1 ? " step" : " steps"),
        preset.name() + ", batch " + batch,
        () -> {
          try {
            return train(preset, batch, steps);
          } catch (TrainingException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private float[] train(Preset preset, int batch, int steps) throws TrainingException {
    NoiseSchedule schedule = preset.scheduler().schedule();
    int side = preset.network().imageSize().height();
    byte[] levels = new byte[2 * batch * side * side];
    new Random(1).nextBytes(levels);
    try (var workers = new Workers(threads)) {
      var trainer =
          new Trainer(
              new UNet(preset.network()),
              new SimpleLoss(schedule, Prediction.EPSILON),
              new TimestepSampler.Uniform(schedule.timesteps()),
              Optimizer.Factory.ofSize(Adam::new),
              ImageDataset.ofLevels(levels, Shape.of(side, side, 1)),
              preset.settings().with(Settings.BATCH, batch),
              workers);
      for (int step = 0; step < steps; step++) {
        trainer.step();
      }
      return joined(trainer.state().values().toArray(float[][]::new));
    }
  }

  private static float[] joined(float[]... parts) {
    int size = 0;
    for (float[] part : parts) {
      size += part.length;
    }
    float[] all = new float[size];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  private static Tensor output() {
    UNet unet = network();
    try (Tape tape = Tape.off(new BufferPool())) {
      return forward(unet, tape).value().copy();
    }
  }

  private static float[] gradients() {
    UNet unet = network();
    var parameters = new ParameterVector(unet);
    float[] gradients = new float[parameters.size()];
    try (Tape tape = Tape.recording(new BufferPool())) {
      parameters.watch(tape, gradients);
      Variable output = forward(unet, tape);
      Tensor target = new Rng(3, 3, 0, 0).normal(Tensor.zeros(SAMPLES, SIDE, SIDE, 1));
      tape.backward(MeanSquaredError.apply(tape, output, tape.constant(target)));
    }
    return gradients;
  }

  private static Variable forward(UNet unet, Tape tape) {
    Tensor images = new Rng(3, 2, 0, 0).normal(Tensor.zeros(SAMPLES, SIDE, SIDE, 1));
    return unet.forward(tape, tape.constant(images), new float[] {3, 17});
  }

  private Tensor sample(SamplerKind kind) {
    // Clipped, most values would be -1 or 1 and hide how they differ.
    var pipeline = new Pipeline(network(), SchedulerConfig.of(kind).withoutClipping());
    try (var workers = new Workers(threads)) {
      return pipeline.sample(SampleRequest.of(SAMPLES).steps(5).seed(7), workers);
    }
  }

  /// A network whose weights are all random.
  private static UNet network() {
    var unet = new UNet(Preset.TINY.network());
    new ParameterVector(unet).initialize(3, 1, false);
    return unet;
  }
}
