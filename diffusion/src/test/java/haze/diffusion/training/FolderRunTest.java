package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.data.ImageDataset;
import haze.nn.ParameterVector;
import haze.nn.unet.UNetConfig;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Workers;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Training on a folder of image files.
class FolderRunTest {
  private static final Shape IMAGE = Shape.of(8, 8, 1);
  private static final int COUNT = 24;

  @TempDir Path directory;

  private final byte[] levels = new byte[COUNT * IMAGE.size()];

  @BeforeEach
  void files() throws IOException {
    Path folder = Files.createDirectory(directory.resolve("images"));
    for (int i = 0; i < COUNT; i++) {
      BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
      for (int p = 0; p < 64; p++) {
        levels[i * 64 + p] = (byte) new Rng(1, 2, 3, i).below(p, 256);
        image.getRaster().setSample(p % 8, p / 8, 0, levels[i * 64 + p]);
      }
      ImageIO.write(image, "png", folder.resolve(100 + i + ".png").toFile());
    }
  }

  private TrainingRequest request(String name) {
    return TrainingRequest.of(directory.resolve(name))
        .network(UNetConfig.builder(8, 1).layers(1).channels(8, 16).build())
        .data(directory.resolve("images"))
        .with(Settings.HELD_OUT, 0)
        .with(Settings.SAMPLE_EVERY, 0)
        .with(Settings.SHARD, 4)
        .steps(4)
        .batch(10);
  }

  private float[] weights(String name, int threads, UnaryOperator<TrainingRequest> change)
      throws Exception {
    try (Workers workers = new Workers(threads);
        TrainingRun run = TrainingRun.begin(change.apply(request(name)), workers)) {
      for (int i = 0; i < 4; i++) {
        run.step();
      }
      return new ParameterVector(run.pipeline().unet()).values();
    }
  }

  @Test
  void imagesThatAreDecodedAheadGiveTheWeightsOfThoseInMemory() throws Exception {
    float[] folder = weights("a", 2, request -> request);
    ImageDataset memory = ImageDataset.ofLevels(levels, IMAGE);
    assertArrayEquals(weights("b", 1, request -> request.data(memory)), folder);
  }

  @Test
  void mirroringIsTheSameForAnyThreadsAndOtherThanNone() throws Exception {
    float[] plain = weights("a", 1, request -> request);
    float[] one = weights("b", 1, request -> request.with(Settings.FLIP, true));
    float[] two = weights("c", 2, request -> request.with(Settings.FLIP, true));
    assertArrayEquals(one, two);
    assertFalse(Arrays.equals(plain, one));
    for (int i = 0; i < levels.length; i++) {
      levels[i] = levels[i / 8 * 8 + Math.min(i % 8, 7 - i % 8)];
    }
    ImageDataset symmetric = ImageDataset.ofLevels(levels, IMAGE);
    assertArrayEquals(
        weights("d", 1, request -> request.data(symmetric)),
        weights("e", 1, request -> request.data(symmetric).with(Settings.FLIP, true)));
  }

  @Test
  void anUnreadableFileStopsTheRunOnlyIfItIsStrict() throws Exception {
    Path cut = directory.resolve("images/107.png");
    Files.write(cut, Arrays.copyOf(Files.readAllBytes(cut), 40));
    weights("a", 2, request -> request);
    String problem =
        assertThrows(
                UncheckedIOException.class,
                () -> weights("b", 2, request -> request.with(Settings.STRICT, true)))
            .getMessage();
    assertTrue(problem.contains(cut + ": "), problem);
    assertEquals(
        "size is '0', expected N or WxH, 1 to 4096",
        assertThrows(RuntimeException.class, () -> request("c").with(Settings.SIZE, "0"))
            .getMessage()
            .replace("is 0", "is '0'"));
  }

  private TrainingRun resume(String name, UnaryOperator<TrainingRequest> change)
      throws IOException {
    TrainingRequest request = change.apply(TrainingRequest.of(directory.resolve(name)).steps(9));
    try (Workers workers = new Workers(1);
        TrainingRun run = TrainingRun.resume(request, workers)) {
      return run;
    }
  }

  @Test
  void aPathFromTheCurrentDirectoryIsKeptFromTheRootOn() throws Exception {
    Path images = directory.resolve("images").toAbsolutePath();
    Path relative = Path.of("").toAbsolutePath().relativize(images);
    weights("run", 1, request -> request.with(Settings.SIZE, "8").data(relative));
    String stored = Files.readString(directory.resolve("run/training/config.json"));
    assertTrue(stored.matches("(?s).*\"data\": \"/[^\"]*/images\".*"), stored);
    assertEquals(9, resume("run", request -> request).steps());
  }

  @Test
  void aRunKnowsItsImagesAgainWhereverTheyAre() throws Exception {
    weights("run", 1, request -> request.with(Settings.SIZE, "8"));
    assertEquals(9, resume("run", request -> request).steps());
    Path moved = Files.move(directory.resolve("images"), directory.resolve("moved"));
    String gone = assertThrows(IOException.class, () -> resume("run", r -> r)).getMessage();
    assertEquals(
        directory.resolve("run")
            + ": learned from "
            + directory.resolve("images")
            + ", which is not there; --data says where it is now",
        gone);
    assertEquals(9, resume("run", request -> request.data(moved)).steps());
    assertEquals(9, resume("run", request -> request).steps(), "the new place is kept");
    Files.copy(moved.resolve("101.png"), moved.resolve("0.png"));
    String others = assertThrows(IOException.class, () -> resume("run", r -> r)).getMessage();
    assertEquals(
        directory.resolve("run")
            + ": learns from other images than those that "
            + moved
            + " holds now (fingerprint ?, now ?): some were added, removed or changed, or are read"
            + " in another size. Put them back, or start a new run from its weights with --from "
            + directory.resolve("run"),
        others.replaceAll("(fingerprint|now) [0-9a-f]{16}", "$1 ?"));
    Files.delete(moved.resolve("0.png"));
    assertEquals(9, resume("run", request -> request).steps(), "put back");
    Files.copy(moved.resolve("101.png"), moved.resolve("0.png"));
    // A run of before that was kept goes on.
    Path config = directory.resolve("run/training/config.json");
    String text = Files.readString(config);
    Files.writeString(
        config, text.replaceAll("  \"(data_fingerprint|held_out|size)\": [^\n]*\n", ""));
    Path checkpoint = directory.resolve("run/training/checkpoints/step-000000");
    Files.move(
        checkpoint.resolve("state.safetensors"),
        directory.resolve("run/training/state.safetensors"));
    Files.delete(checkpoint.resolve("manifest.json"));
    assertEquals(9, resume("run", request -> request).steps());
  }

  @Test
  void oneImageInTenIsHeldOutUnlessItIsSaid() throws Exception {
    try (Workers workers = new Workers(1)) {
      TrainingRequest request =
          request("a").preset(Preset.TINY).steps(1).with(Settings.HELD_OUT, 4);
      assertEquals(18, TrainingRun.begin(request, workers).data().count());
      TrainingRequest usual =
          TrainingRequest.of(directory.resolve("b"))
              .preset(Preset.TINY)
              .data(directory.resolve("images"));
      TrainingRun run = TrainingRun.begin(usual, workers);
      assertEquals(22, run.data().count());
      assertEquals(10, run.settings().get(Settings.HELD_OUT));
      assertEquals(
          2,
          LearnedData.of(run.directory().path())
              .orElseThrow()
              .source()
              .heldOut()
              .orElseThrow()
              .load()
              .count());
    }
  }
}
