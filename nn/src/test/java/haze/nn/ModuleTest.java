package haze.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import haze.tensor.GroupNorm;
import haze.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModuleTest {
  private static final class Block extends Module {
    private final Parameter scale = register("scale", Parameter.constant(1, 2));
    private final GroupNormLayer norm;

    Block() {
      norm = register("norm.0", new GroupNormLayer(2, new GroupNorm(1, 1e-5f, false)));
    }
  }

  private static final class Network extends Module {
    private final Block block = register("block", new Block());
    private final Linear out = register("out", new Linear(2, 600));
  }

  private final Network network = new Network();

  @Test
  void aParametersNameIsThePathToIt() {
    assertEquals(
        List.of(
            "block.scale", "block.norm.0.weight", "block.norm.0.bias", "out.weight", "out.bias"),
        List.copyOf(network.parameters().keySet()));
    assertSame(network.block.scale, network.parameters().get("block.scale"));
    assertSame(
        network.block.norm.parameters().get("bias"), network.parameters().get("block.norm.0.bias"));
    assertSame(network.out.parameters().get("bias"), network.parameters().get("out.bias"));
  }

  @Test
  void itPrintsAsATree() {
    assertEquals(
        """
        Network, 1,806 parameters
          block: Block, 6 parameters
            scale [2]
            norm.0: GroupNormLayer, 4 parameters
              weight [2]
              bias [2]
          out: Linear, 1,800 parameters
            weight [2, 600]
            bias [600]\
        """,
        network.toString());
  }

  @Test
  void aParameterPrintsItsRoleAndItsValues() {
    assertEquals("Parameter VECTOR: " + Tensor.full(0, 2), Parameter.constant(1, 2).toString());
  }
}
