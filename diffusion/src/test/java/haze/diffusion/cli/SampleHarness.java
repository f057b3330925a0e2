package haze.diffusion.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.diffusion.pipeline.PipelineGolden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/// Untrained models, and samples of them.
abstract class SampleHarness extends CommandHarness {
  protected final Path model() throws IOException {
    Path model = directory.resolve("model");
    PipelineGolden.untrained(PipelineGolden.TINY, PipelineGolden.SHORT).save(model);
    return model;
  }

  protected final byte[] sampled(String name, String... more) throws IOException {
    List<String> args =
        new ArrayList<>(
            List.of("sample", file("model").toString(), "--out", file(name).toString()));
    args.addAll(Arrays.asList(more));
    assertEquals(0, haze(args.toArray(String[]::new)), err.toString());
    assertEquals("", err.toString());
    return Files.readAllBytes(file(name));
  }

  protected final void conditionalModel() throws IOException {
    PipelineGolden.untrained(
            PipelineGolden.TINY.with(8, 8, 1, 1, OptionalInt.of(4)), PipelineGolden.SHORT)
        .save(file("model"));
  }
}
