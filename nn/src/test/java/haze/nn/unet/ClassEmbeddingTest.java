package haze.nn.unet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.autograd.Multiply;
import haze.autograd.Sum;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.Parameter;
import haze.nn.ParameterVector;
import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ClassEmbeddingTest {
  private static final int LABELS = 5;
  private static final UNetConfig PLAIN = UNetGoldenTest.TINY;
  private static final UNetConfig CONDITIONAL = PLAIN.with(8, 8, 1, 1, OptionalInt.of(LABELS));
  private static final String NAME = "class_embedding.weight";
  private static final float[] TIMESTEPS = {3, 800, 3};

  private final Tensor x = new Rng(1, 2, 3, 4).normal(Tensor.zeros(3, 8, 8, 1));

  @Test
  void theTableIsLaidOutAndNamedAsInDiffusers() {
    Parameter table = new UNet(CONDITIONAL).parameters().get(NAME);
    assertEquals(Shape.of(LABELS, 4 * 8), table.pyTorchShape());
    var names = List.copyOf(new UNet(CONDITIONAL).parameters().keySet());
    assertTrue(names.contains(NAME));
    assertFalse(new UNet(PLAIN).parameters().containsKey(NAME));
    table.value().data()[table.value().offset() + 33] = 7;
    assertEquals(7, table.toPyTorch().toArray()[33]);
    table.fromPyTorch(Tensor.zeros(LABELS, 4 * 8));
    assertEquals(0, table.value().toArray()[33]);
  }

  @Test
  void theTableStartsStandardNormal() {
    UNet unet = new UNet(PLAIN.with(8, 8, 1, 1, OptionalInt.of(500)));
    new ParameterVector(unet).initialize(1, 2, true);
    double sum = 0;
    double squares = 0;
    float[] table = unet.parameters().get(NAME).value().toArray();
    for (float value : table) {
      sum += value;
      squares += value * value;
    }
    // 16,000 numbers: five standard errors of the mean and of the variance.
    assertEquals(0, sum / table.length, 5 / Math.sqrt(table.length));
    assertEquals(1, squares / table.length, 5 * Math.sqrt(2.0 / table.length));
  }

  /// A row of zeros adds nothing to the timestep's embedding.
  @Test
  void aRowOfZerosMakesTheNetworkWithoutLabels() {
    UNet plain = initialized(PLAIN);
    UNet conditional = copy(plain);
    assertArrayEquals(predict(plain), predict(conditional, 0, 1, 2));
  }

  /// The row is added to what the timestep's embedding is after its second layer: so is that
  /// layer's bias.
  @Test
  void aRowActsAsTheBiasOfTheTimestepsEmbedding() {
    UNet plain = initialized(PLAIN);
    UNet conditional = copy(plain);
    Tensor row = new Rng(9, 9, 9, 9).normal(Tensor.zeros(4 * 8));
    conditional.parameters().get(NAME).value().at(2).copyFrom(row);
    float[] unmoved = predict(plain);
    Tensor bias = plain.parameters().get("time_embedding.linear_2.bias").value();
    bias.copyFrom(bias.plus(row));
    float[] moved = predict(plain);
    float[] actual = predict(conditional, 0, 2, 2);
    assertArrayEquals(Arrays.copyOf(unmoved, 64), Arrays.copyOf(actual, 64));
    assertArrayEquals(
        Arrays.copyOfRange(moved, 64, 192), Arrays.copyOfRange(actual, 64, 192), 2e-5f);
    assertFalse(
        Arrays.equals(Arrays.copyOfRange(unmoved, 64, 128), Arrays.copyOfRange(actual, 64, 128)));
  }

  /// Its derivative is the sum of what the images of a label want, and equals the difference
  /// quotient.
  @Test
  void rowsThatAreUsedHaveTheGradientOfTheirImages() {
    UNet unet = initialized(CONDITIONAL);
    ParameterVector parameters = new ParameterVector(unet);
    float[] gradient = new float[parameters.size()];
    int[] labels = {4, 1, 4};
    loss(unet, labels, parameters, gradient);
    Tensor table = unet.parameters().get(NAME).value();
    Tensor slope = Tensor.wrap(table.shape(), gradient, table.offset());
    for (int row : new int[] {0, 2, 3}) {
      assertArrayEquals(new float[32], slope.at(row).toArray());
    }
    float step = 1e-2f;
    for (int row : new int[] {1, 4}) {
      for (int i : new int[] {0, 13, 31}) {
        int at = table.at(row).offset() + i;
        float before = table.data()[at];
        table.data()[at] = before + step;
        double above = loss(unet, labels, parameters, new float[gradient.length]);
        table.data()[at] = before - step;
        double below = loss(unet, labels, parameters, new float[gradient.length]);
        table.data()[at] = before;
        double expected = (above - below) / (2 * step);
        assertEquals(
            expected, slope.at(row).toArray()[i], 0.02 * Math.abs(expected) + 2e-3, row + ", " + i);
      }
    }
  }

  @Test
  void labelsThatDoNotFitAreRefused() {
    UNet plain = initialized(PLAIN);
    UNet conditional = initialized(CONDITIONAL);
    assertRefused(
        "u-net: 3 labels for 3 images, expected none, the network knows of no labels",
        plain,
        0,
        1,
        2);
    assertRefused("u-net: 0 labels for 3 images, expected one an image, from 0 to 4", conditional);
    assertRefused(
        "u-net: 2 labels for 3 images, expected one an image, from 0 to 4", conditional, 1, 2);
    assertThrows(IllegalArgumentException.class, () -> predict(conditional, 0, 1, LABELS));
    assertThrows(IllegalArgumentException.class, () -> predict(conditional, 0, 1, -1));
  }

  private void assertRefused(String message, UNet unet, int... labels) {
    assertEquals(
        message,
        assertThrows(IllegalArgumentException.class, () -> predict(unet, labels)).getMessage());
  }

  private static UNet initialized(UNetConfig config) {
    UNet unet = new UNet(config);
    new ParameterVector(unet).initialize(5, 6, false);
    return unet;
  }

  /// The conditional network with another's parameters, and zeros for its table.
  private static UNet copy(UNet plain) {
    UNet conditional = new UNet(CONDITIONAL);
    plain
        .parameters()
        .forEach(
            (name, parameter) ->
                conditional.parameters().get(name).value().copyFrom(parameter.value()));
    return conditional;
  }

  private float[] predict(UNet unet, int... labels) {
    try (Tape tape = Tape.off(new BufferPool())) {
      return unet.forward(tape, tape.constant(x), TIMESTEPS, labels).value().toArray();
    }
  }

  private double loss(UNet unet, int[] labels, ParameterVector parameters, float[] gradient) {
    try (Tape tape = Tape.recording(new BufferPool())) {
      parameters.watch(tape, gradient);
      Variable y = unet.forward(tape, tape.constant(x), TIMESTEPS, labels);
      Variable loss = Sum.apply(tape, Multiply.apply(tape, y, y));
      tape.backward(loss);
      return loss.value().item();
    }
  }
}
