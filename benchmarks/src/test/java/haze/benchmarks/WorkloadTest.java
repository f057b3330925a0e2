package haze.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.diffusion.training.Settings;
import haze.nn.ParameterVector;
import haze.nn.unet.BlockType;
import haze.nn.unet.UNet;
import haze.nn.unet.UNetConfig;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class WorkloadTest {
  /// The figures are those that `benchmarks/peers/torch_unet.py` prints.
  @ParameterizedTest
  @CsvSource({"R1, 3939393", "R2, 6472195", "R3, 35746307", "R4, 22080323"})
  void aNetworkHasAsManyParametersAsPyTorchs(Workload workload, int parameters) {
    assertEquals(parameters, new ParameterVector(new UNet(workload.network())).size());
  }

  @Test
  void ddpmsNetworkHasAttentionAt16PixelsAndInTheMiddle() {
    UNetConfig network = Workload.R3.network();
    assertEquals(
        List.of(BlockType.PLAIN, BlockType.ATTENTION, BlockType.PLAIN, BlockType.PLAIN),
        network.downBlockTypes());
    assertEquals(OptionalInt.of(32), network.normNumGroups());
    assertEquals(1e-6, network.normEps());
  }

  @ParameterizedTest
  @EnumSource
  void aBatchHasAShardForEachOfTwoThreads(Workload workload) {
    int shards = workload.batch() / workload.settings().get(Settings.SHARD);
    assertEquals(0, shards % 2);
  }
}
