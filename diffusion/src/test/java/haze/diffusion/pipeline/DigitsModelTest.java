package haze.diffusion.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.data.Mnist;
import haze.tensor.Workers;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DigitsModelTest {
  private static final int MOST_BYTES = 5_000_000;
  @TempDir Path directory;

  @Test
  void theFilesAreTheOnesThatTheirOriginDescribes() throws Exception {
    List<String[]> rows =
        new String(bytes("ORIGIN.md"), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> line.startsWith("| unet/") || line.startsWith("| scheduler/"))
            .map(line -> line.split("\\s*\\|\\s*"))
            .toList();
    assertEquals(3, rows.size());
    int sum = 0;
    for (String[] row : rows) {
      byte[] content = bytes(row[1]);
      sum += content.length;
      assertEquals(row[2], Integer.toString(content.length), row[1]);
      assertEquals(
          row[3],
          HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content)),
          row[1]);
    }
    assertTrue(sum < MOST_BYTES, sum + " bytes");
  }

  @Test
  void itKnowsTheTenDigits() throws Exception {
    Pipeline model = DigitsModel.load();
    assertEquals(10, model.unet().config().classes());
    assertEquals(Mnist.IMAGE, model.unet().config().imageShape());
  }

  @Test
  void aCopyIsAPipelineOfTheSameSamples() throws Exception {
    DigitsModel.copyTo(directory);
    SampleRequest request = SampleRequest.of(2).steps(2).classes(7);
    try (Workers workers = new Workers(1)) {
      assertArrayEquals(
          DigitsModel.load().sample(request, workers).toArray(),
          Pipeline.load(directory).sample(request, workers).toArray());
    }
    assertTrue(Files.exists(directory.resolve("model_index.json")));
  }

  private static byte[] bytes(String name) throws Exception {
    try (InputStream in = DigitsModel.class.getResourceAsStream("digits/" + name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }
}
