package haze.diffusion.pipeline;

import haze.diffusion.data.ImageClusters;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import haze.nn.unet.UNetConfig;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/// Which samples a model is to make, see [Pipeline#sample(SampleRequest)].
///
/// {@snippet file="haze/diffusion/pipeline/SampleRequestTest.java" region="sample"}
///
/// @param count how many samples, at least 1
/// @param sampler the sampler and its steps
/// @param seed another seed gives other samples; sample i depends on the seed and i alone
/// @param classes the classes that the samples have in turn, each from 0; if it is empty all of
///   them, or, where they are clusters, each as often as its share of the images says; for a
///   network that was trained with labels or clusters
/// @param guidance the scale of classifier-free guidance, see [ShardedUNet]; 1, none, if it is
///   empty; for a network that was trained with labels
/// @param batch how many samples are made at a time, which bounds the memory and does not change
///   them; [ShardedUNet#imagesPerThread] if it is empty
public record SampleRequest(
    int count,
    SamplerChoice sampler,
    long seed,
    List<Integer> classes,
    OptionalDouble guidance,
    OptionalInt batch) {
  /// A guidance scale that makes digits of few minutes' training more typical, and hardly less
  /// varied.
  public static final double USUAL_GUIDANCE = 2;

  /// Checks what can be checked without a model.
  ///
  /// @throws RequestException if count or batch is not positive, or guidance is not finite
  public SampleRequest {
    RequestException.requireAtLeast("count", count, 1);
    RequestException.requireAtLeast("batch", batch.orElse(1), 1);
    ClassChecks.requireFinite(guidance);
    classes = List.copyOf(classes);
  }

  /// {@return a request for some samples, everything else as the model's scheduler says, seed 0}
  public static SampleRequest of(int count) {
    return new SampleRequest(
        count, SamplerChoice.DEFAULT, 0, List.of(), OptionalDouble.empty(), OptionalInt.empty());
  }

  /// {@return the same with another count}
  public SampleRequest count(int other) {
    return new SampleRequest(other, sampler, seed, classes, guidance, batch);
  }

  /// {@return the same with another sampler, steps, eta and spacing}
  public SampleRequest sampler(SamplerChoice other) {
    return new SampleRequest(count, other, seed, classes, guidance, batch);
  }

  /// {@return the same with another sampler}
  public SampleRequest sampler(SamplerKind other) {
    return sampler(sampler.kind(other));
  }

  /// {@return the same with another number of steps, at least 1}
  public SampleRequest steps(int other) {
    return sampler(sampler.steps(other));
  }

  /// {@return the same with another eta, 0..1; for DDIM}
  public SampleRequest eta(double other) {
    return sampler(sampler.eta(other));
  }

  /// {@return the same with another spacing of timesteps}
  public SampleRequest spacing(TimestepSpacing other) {
    return sampler(sampler.spacing(other));
  }

  /// {@return the same with another seed}
  public SampleRequest seed(long other) {
    return new SampleRequest(count, sampler, other, classes, guidance, batch);
  }

  /// {@return the same with samples of these classes in turn}
  public SampleRequest classes(int... others) {
    return classes(IntStream.of(others).boxed().toList());
  }

  /// {@return the same with samples of these classes in turn}
  public SampleRequest classes(List<Integer> others) {
    return new SampleRequest(count, sampler, seed, others, guidance, batch);
  }

  /// {@return the same with another guidance scale}
  public SampleRequest guidance(double other) {
    return new SampleRequest(count, sampler, seed, classes, OptionalDouble.of(other), batch);
  }

  /// {@return the same with another number of samples at a time}
  public SampleRequest batch(int other) {
    return new SampleRequest(count, sampler, seed, classes, guidance, OptionalInt.of(other));
  }

  /// {@return the same with the count rounded up, so that there are as many samples of each class}
  ///
  /// @throws RequestException as for [#labels]
  public SampleRequest inWholeRounds(Pipeline model) {
    int round = Math.max(1, turn(model).size());
    return count(Math.multiplyExact(Math.ceilDiv(count, round), round));
  }

  /// {@return the scale of classifier-free guidance}
  public double guidanceScale() {
    return guidance.orElse(ShardedUNet.UNGUIDED);
  }

  /// {@return the class of each sample; none if the network was trained without labels}
  ///
  /// @throws RequestException if there is no such class, or the network was trained without labels
  ///   and classes or guidance are given
  public int[] labels(Pipeline model) {
    List<Integer> turn = turn(model);
    if (turn.isEmpty() && model.clusters().isPresent()) {
      ImageClusters clusters = model.clusters().get();
      return IntStream.range(0, count).map(i -> clusters.draw(seed, i)).toArray();
    }
    return IntStream.range(0, turn.isEmpty() ? 0 : count)
        .map(i -> turn.get(i % turn.size()))
        .toArray();
  }

  /// {@return the classes that the samples have in turn; none if there are no labels, or clusters
  /// are drawn by their shares}
  ///
  /// @throws RequestException as for [#labels]
  public List<Integer> turn(Pipeline model) {
    UNetConfig network = model.unet().config();
    int known = network.classes();
    if (guidance.isPresent() || !classes.isEmpty()) {
      ClassChecks.requireClasses(classes.isEmpty() ? "guidance" : "class", known);
    }
    if (guidance.isPresent()) {
      ClassChecks.requireGuidable(network);
    }
    classes.forEach(label -> ClassChecks.requireLabel(network, label));
    return classes.isEmpty() && model.clusters().isEmpty()
        ? IntStream.range(0, known).boxed().toList()
        : classes;
  }

  /// How many samples are made at a time.
  int batchSize(UNetConfig network, int threads) {
    int usual = threads * ShardedUNet.imagesPerThread(network.imageShape());
    return Math.min(count, batch.orElse(usual));
  }
}
