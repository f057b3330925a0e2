package haze.diffusion.evaluation.bound;

import haze.autograd.Multiply;
import haze.autograd.Slice;
import haze.autograd.Sum;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.unet.UNet;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/// A U-Net with the derivative of its output: a batch is cut into shards, which the threads share.
///
/// @param unet the network, whose parameters stay as they are
/// @param labels the labels of images by their numbers; none if it is not conditioned on labels
/// @param plain the network without the derivative
/// @param workers the threads
record UNetFlow(
    UNet unet, UnaryOperator<int[]> labels, BoundEstimator.Network plain, Workers workers)
    implements ProbabilityFlow.Network {
  /// Most images of a shard.
  private static final int SHARD = 16;

  @Override
  public Tensor output(Tensor xt, float[] timesteps, int[] images) {
    return plain.predict(xt, timesteps, images);
  }

  @Override
  public ProbabilityFlow.Evaluation evaluate(
      Tensor xt, float[] timesteps, Tensor probes, int[] images) {
    int count = images.length;
    int size = Math.clamp(Math.ceilDiv(count, workers.threads()), 1, SHARD);
    int[] classes = labels.apply(images);
    Tensor output = Tensor.zeros(xt.shape().dims());
    Tensor product = Tensor.zeros(xt.shape().dims());
    workers.run(
        Math.ceilDiv(count, size),
        (shard, worker) -> {
          int from = shard * size;
          int to = Math.min(from + size, count);
          int[] own = classes.length == 0 ? classes : Arrays.copyOfRange(classes, from, to);
          try (Tape tape = Tape.recording(workers.pool(worker))) {
            Variable x = tape.watch(xt.slice(from, to - from), product.slice(from, to - from));
            Variable all = unet.forward(tape, x, Arrays.copyOfRange(timesteps, from, to), own);
            // A learned variance is in the channels behind the prediction.
            Variable predicted = Slice.apply(tape, all, -1, 0, xt.dim(-1));
            output.slice(from, to - from).copyFrom(predicted.value());
            Variable probe = tape.constant(probes.slice(from, to - from));
            tape.backward(Sum.apply(tape, Multiply.apply(tape, predicted, probe)));
          }
        });
    return new ProbabilityFlow.Evaluation(output, product);
  }
}
