package haze.nn.unet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.autograd.Sum;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.ParameterVector;
import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What holds for networks of every type of level.
class BlockTypesTest {
  private static final Tensor IMAGES = new Rng(1, 2, 3, 4).normal(Tensor.zeros(2, 8, 12, 3));

  private static UNet network(BlockType type) {
    UNetConfig.Builder builder =
        UNetConfig.builder(8, 3)
            .size(8, 12)
            .layers(2)
            .channels(32, 64, 64)
            .down(type, type, type)
            .headChannels(16);
    if (!type.hasNormGroups()) {
      builder.groupsByChannels();
    }
    UNet unet = new UNet(builder.build());
    new ParameterVector(unet).initialize(1, 2, false);
    return unet;
  }

  @ParameterizedTest
  @EnumSource(BlockType.class)
  void threeLevelsOfUnequalWidthHaveAGradientForEveryParameter(BlockType type) {
    UNet unet = network(type);
    ParameterVector parameters = new ParameterVector(unet);
    float[] gradient = new float[parameters.size()];
    try (Tape tape = Tape.recording(new BufferPool())) {
      parameters.watch(tape, gradient);
      Variable y = unet.forward(tape, tape.constant(IMAGES), new float[] {3, 700});
      assertEquals(Shape.of(2, 8, 12, 3), y.value().shape());
      tape.backward(Sum.apply(tape, y));
    }
    parameters
        .parameters()
        .forEach(
            (name, parameter) -> {
              double sum = 0;
              for (int i = 0; i < parameter.value().size(); i++) {
                sum += Math.abs(gradient[parameter.value().offset() + i]);
              }
              assertTrue(sum > 0 && Double.isFinite(sum), name + ": " + sum);
            });
  }

  /// A pass may find a longer array than it needs, and the next one then takes another for what
  /// needs that length: so the second one adds a little to the memory of the first.
  @ParameterizedTest
  @EnumSource(BlockType.class)
  void furtherSamplesAreMadeInTheMemoryOfTheFirstTwo(BlockType type) {
    UNet unet = network(type);
    BufferPool pool = new BufferPool();
    float[] first = sample(unet, pool);
    long once = pool.bytes();
    assertArrayEquals(first, sample(unet, pool));
    long twice = pool.bytes();
    assertTrue(twice <= 1.02 * once, twice + " bytes, first " + once);
    for (int more = 0; more < 4; more++) {
      assertArrayEquals(first, sample(unet, pool));
      assertEquals(twice, pool.bytes());
    }
  }

  private static float[] sample(UNet unet, BufferPool pool) {
    try (Tape tape = Tape.off(pool)) {
      return unet.forward(tape, tape.constant(IMAGES), new float[] {3, 700}).value().toArray();
    }
  }
}
