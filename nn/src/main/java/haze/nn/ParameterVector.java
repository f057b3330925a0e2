package haze.nn;

import haze.autograd.Tape;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;

/// All parameters of a network in one array, one behind the other, so that the optimizer, the
/// moving average and the sum of gradients are plain loops.
///
/// The parameters become views into the array: what an optimizer writes there, the network computes
/// with.
///
/// {@snippet file="haze/nn/ParameterVectorTest.java" region="training"}
public final class ParameterVector {
  private final Map<String, Parameter> parameters;
  private final float[] values;

  /// Moves the parameters of a network into one array. A network has one vector: a second one would
  /// take the parameters away from the first.
  public ParameterVector(Module module) {
    parameters = module.parameters();
    values = new float[parameters.values().stream().mapToInt(p -> p.shape().size()).sum()];
    place(Parameter::moveTo);
  }

  /// Makes a network compute with an array that is there, for instance with averaged weights.
  ///
  /// @param values laid out as [#values], not copied
  /// @throws IllegalArgumentException if it has another length
  public ParameterVector(Module module, float[] values) {
    parameters = module.parameters();
    this.values = values;
    int size = parameters.values().stream().mapToInt(p -> p.shape().size()).sum();
    if (size != values.length) {
      throw new IllegalArgumentException(
          "parameters: " + values.length + " numbers for " + size + " parameters");
    }
    place(Parameter::share);
  }

  /// Gives each parameter its place in the array.
  private void place(BiConsumer<Parameter, Tensor> receiver) {
    int at = 0;
    for (Parameter parameter : parameters.values()) {
      receiver.accept(parameter, Tensor.wrap(parameter.shape(), values, at));
      at += parameter.shape().size();
    }
  }

  /// {@return the number of parameters, the length of [#values]}
  public int size() {
    return values.length;
  }

  /// {@return the array itself that the network computes with}
  public float[] values() {
    return values;
  }

  /// Replaces all parameters, for instance by averaged ones.
  ///
  /// @param source laid out as [#values], copied
  /// @throws IllegalArgumentException if it has another length
  public void copyFrom(float[] source) {
    if (source.length != values.length) {
      throw new IllegalArgumentException(
          "copy: " + source.length + " numbers to " + values.length + " parameters");
    }
    System.arraycopy(source, 0, values, 0, values.length);
  }

  /// {@return the parameters by full name, in the order in which they lie in the array}
  public Map<String, Parameter> parameters() {
    return parameters;
  }

  /// Sets the first values as PyTorch's layers do. Each parameter has a random stream of its own,
  /// so the values depend on nothing but the seed and the order of the parameters.
  ///
  /// @param purpose number of the random stream, see [Rng]
  /// @param zeroInitialization whether the last layer of every residual branch, and of the network,
  ///   starts with zeros, as in DDPM: every branch then starts as the identity
  public void initialize(long seed, int purpose, boolean zeroInitialization) {
    int index = 0;
    for (Parameter parameter : parameters.values()) {
      parameter.initialize(new Rng(seed, purpose, 0, index++), zeroInitialization);
    }
  }

  /// Makes a tape collect the gradients of all parameters.
  ///
  /// @param gradient laid out as [#values]; backward adds to it
  /// @throws IllegalArgumentException if it has another length
  public void watch(Tape tape, float[] gradient) {
    if (gradient.length != values.length) {
      throw new IllegalArgumentException(
          "watch: gradient of " + gradient.length + " for " + values.length + " parameters");
    }
    for (Parameter parameter : parameters.values()) {
      Tensor value = parameter.value();
      tape.watch(value, Tensor.wrap(value.shape(), gradient, value.offset()));
    }
  }

  /// {@return the number of parameters and of their tensors}
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "ParameterVector: %,d parameters in %d tensors", size(), parameters.size());
  }
}
