package haze.diffusion.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.nn.Linear;
import haze.nn.Module;
import haze.nn.ParameterVector;
import haze.nn.optim.GradientClip;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SlicesTest {
  /// Layers of some sizes.
  static final class Layers extends Module {
    Layers(List<Integer> sizes) {
      for (int i = 0; i < sizes.size(); i++) {
        register("layer" + i, new Linear(sizes.get(i), sizes.get(i)));
      }
    }
  }

  @Property(tries = 50)
  void eachParameterAndEachChunkHasOneTask(
      @ForAll @Size(min = 1, max = 6) List<@IntRange(min = 1, max = 400) Integer> sizes,
      @ForAll @IntRange(min = 1, max = 9) int tasks) {
    var parameters = new ParameterVector(new Layers(sizes));
    Set<Integer> borders = new HashSet<>(Set.of(parameters.size()));
    parameters.parameters().values().forEach(one -> borders.add(one.value().offset()));
    Slices slices = Slices.of(parameters, tasks);
    int from = 0;
    int chunk = 0;
    for (int task = 0; task < tasks; task++) {
      assertEquals(from, slices.from(task));
      from = slices.to(task);
      assertTrue(borders.contains(from), "between two parameters");
      assertEquals(chunk, slices.fromChunk(task));
      chunk = slices.toChunk(task);
      int past = slices.pastGradient(task);
      assertTrue(past >= from && past <= parameters.size());
      if (chunk > slices.fromChunk(task)) {
        assertTrue(past >= Math.min(parameters.size(), chunk * GradientClip.CHUNK));
      }
    }
    assertEquals(parameters.size(), from);
    assertEquals(GradientClip.chunks(parameters.size()), chunk);
  }

  @Test
  void slicesAreAboutAsLarge() {
    var parameters = new ParameterVector(new Layers(List.of(9, 9, 9, 9)));
    Slices slices = Slices.of(parameters, 2);
    assertEquals(List.of(180, 360), slices.bounds());
  }
}
