package haze.diffusion.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.nn.safetensors.SafetensorsFile;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;

/// Names from files of others reach the terminal without what it would obey.
class HarmlessNamesTest extends CommandHarness {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  /// Clears the screen; its short form; turns the direction of the text.
  private static final String NAME = "x\u001b[2J\u009b2J\u202ey";

  private static final String SHOWN = "x?[2J?2J?y";

  private void assertShown(int code, String... args) {
    assertShown(SHOWN, code, args);
  }

  private void assertShown(String shown, int code, String... args) {
    assertEquals(code, haze(args), err.toString());
    String all = out.toString() + err;
    assertTrue(all.contains(shown), all);
    assertTrue(
        all.codePoints()
            .allMatch(c -> c == '\n' || c == '\r' || (c >= ' ' && c < 127) || c > 0x2100),
        all);
  }

  @Test
  void filesAndFoldersOfImages() throws IOException {
    Path sheet = file("sheet.png");
    Path folder = Files.createDirectory(file("folder"));
    Path named = Files.createDirectory(folder.resolve(NAME));
    Files.copy(GOLDEN.resolve("images/rgb8.png"), named.resolve("a.png"));
    Files.copy(GOLDEN.resolve("images/rgb8.png"), folder.resolve(NAME + ".png"));
    assertShown("1 image lies beside", 0, "data", folder.toString(), "--out", sheet.toString());
    Files.delete(folder.resolve(NAME + ".png"));
    assertShown(0, "data", folder.toString(), "--out", sheet.toString());
    Files.writeString(named.resolve("b.png"), "no image");
    assertShown(0, "data", folder.toString(), "--out", sheet.toString());
    Files.delete(named.resolve("a.png"));
    assertShown(1, "data", folder.toString(), "--out", sheet.toString());
    assertShown(1, "data", file(NAME).toString());
  }

  @Test
  void entriesOfArchives() throws IOException {
    Path archive = file("a.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
      for (String name : new String[] {NAME + ".npy", "b.npy"}) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(Files.readAllBytes(GOLDEN.resolve("numpy/grey.npy")));
      }
    }
    assertShown("x?[2J?2J?y", 1, "data", archive.toString());
  }

  @Test
  void columnsOfParquet() throws IOException {
    String text =
        Files.readString(
            GOLDEN.resolve("parquet/uncompressed.parquet"), StandardCharsets.ISO_8859_1);
    Path file = file("a.parquet");
    Files.writeString(
        file,
        text.replace("\u0005image", "\u0005\u001b[2Jx").replace("\u0005bytes", "\u0005\u009bytes"),
        StandardCharsets.ISO_8859_1);
    assertShown("?[2J", 1, "data", file.toString());
  }

  @Test
  void tensorsAndSettings() throws IOException {
    Path weights = file("a.safetensors");
    SafetensorsFile.write(
        weights, Map.of(NAME, NAME), Map.of(NAME, Tensor.zeros(1), "b", Tensor.zeros(1)));
    assertShown(0, "info", weights.toString());
    Path run = file("run");
    assertEquals(
        0,
        haze(("train --preset tiny --steps 1 --batch 2 --no-samples --out " + run).split(" ")),
        err.toString());
    Path config = run.resolve("training/config.json");
    String settings = Files.readString(config);
    Files.writeString(
        config,
        settings.replace("\"mnist\",\n", "\"" + escaped() + "\",\n"),
        StandardCharsets.UTF_8);
    assertShown(0, "info", run.toString());
    assertShown(1, "train", "--resume", "--steps", "2", "--out", run.toString());
    Files.writeString(config, settings.replace("\"data\"", "\"" + escaped() + "\""));
    assertShown(1, "info", run.toString());
    Files.writeString(config, settings);
    Path network = run.resolve("unet/config.json");
    String keys = Files.readString(network);
    Files.writeString(network, "{\"" + escaped() + "\": 1," + keys.substring(1));
    assertShown("x?[2J", 0, "info", run.toString());
    Files.writeString(network, keys);
    SafetensorsFile.write(
        run.resolve("unet/diffusion_pytorch_model.safetensors"),
        Map.of(),
        Map.of(NAME, Tensor.zeros(1 << 16)));
    assertShown(1, "sample", run.toString(), "--out", file("a.png").toString());
  }

  private static String escaped() {
    StringBuilder text = new StringBuilder();
    NAME.chars().forEach(c -> text.append(String.format(Locale.ROOT, "\\u%04x", c)));
    return text.toString();
  }
}
