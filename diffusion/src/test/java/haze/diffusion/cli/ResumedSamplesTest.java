package haze.diffusion.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.evaluation.frechet.BarsFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ResumedSamplesTest extends CommandHarness {
  /// No step is made: there is no loss to show.
  @Test
  void aRunThatLacksItsLastSamplesAloneShowsNoLoss() throws IOException {
    String data = BarsFixture.images(file("bars.idx"), 30).toString();
    Path run = file("run");
    Path samples = run.resolve("samples/step-000002.png");
    assertEquals(
        0,
        haze("train", "--preset", "tiny", "--data", data, "--steps", "2", "--out", run.toString()),
        err.toString());
    Files.delete(samples);
    assertEquals(0, haze("train", "--resume", "--out", run.toString()), err.toString());
    assertTrue(Files.exists(samples));
    assertFalse(out.toString().contains("NaN"), out.toString());
  }
}
