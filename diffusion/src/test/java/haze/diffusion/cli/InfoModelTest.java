package haze.diffusion.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.pipeline.PipelineGolden;
import haze.nn.Activation;
import haze.nn.safetensors.SafetensorsFile;
import haze.nn.unet.BlockType;
import haze.nn.unet.UNetConfig;
import haze.nn.unet.UNetSwitch;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What `haze info` says of models, and of files of tensors.
class InfoModelTest extends SampleHarness {
  @Test
  void infoDescribesAModel() throws IOException {
    Path model = model();
    assertEquals(0, haze("info", model.toString()));
    String expected =
        """
        model       UNet2DModel and DDPMScheduler
        images      8 x 8, 1 channel
        levels      2; channels 8, 16 from the finest on; 1 residual block each
        attention   down in level 2, middle, up in level 2, heads of 8 channels
        parameters  44,969, F32
        schedule    20 timesteps, linear, beta 0.005 to 0.5
        sampling    predicts epsilon, variance fixed_small, clips to +-1, spacing leading
        """;
    assertEquals(expected, out.toString().replace(System.lineSeparator(), "\n"));
    Files.createDirectory(model.resolve("training"));
    SafetensorsFile.write(
        model.resolve("training/state.safetensors"), Map.of("step", "1200"), Map.of());
    assertEquals(0, haze("info", model.toString()));
    assertEquals(
        expected + "training    step 1200\n", out.toString().replace(System.lineSeparator(), "\n"));
  }

  @Test
  void theNetworkOfARunFollowsTheOptions() throws IOException {
    String run = file("run").toString();
    String options =
        "train --preset tiny --channels 16,16 --attention 28,14 --layers 2 --head-dim 4 --groups 4"
            + " --dropout 0.1 --steps 1 --batch 2 --sample-every 0 --out ";
    assertEquals(0, haze((options + run).split(" ")), err.toString());
    assertEquals(0, haze("info", run));
    String text = out.toString();
    assertTrue(
        text.contains("levels      2; channels 16, 16 from the finest on; 2 residual blocks each"),
        text);
    assertTrue(
        text.contains("down in level 1, 2, middle, up in level 1, 2, heads of 4 channels"), text);
    assertTrue(text.contains("switches    dropout 0.1"), text);
    assertFails(
        2,
        "haze: --resume takes --channels from the run: it cannot be changed; see haze train --help",
        "train",
        "--resume",
        "--channels",
        "8,16",
        "--out",
        run);
  }

  @Test
  void infoNamesTheSwitchesOfANetwork() throws IOException {
    UNetConfig rare =
        UNetConfig.builder(8, 1)
            .size(8, 12)
            .channels(8, 16)
            .down(BlockType.RESNET, BlockType.PLAIN)
            .set(UNetSwitch.DROPOUT, 0.1)
            .set(UNetSwitch.ACTIVATION, Activation.GELU)
            .build();
    PipelineGolden.untrained(rare, PipelineGolden.SHORT).save(file("model"));
    assertEquals(0, haze("info", file("model").toString()));
    String text = out.toString().replace(System.lineSeparator(), "\n");
    assertTrue(text.contains("images      12 x 8 (width x height), 1 channel\n"), text);
    assertTrue(
        text.contains(
            "switches    ResnetDownsampleBlock2D, ResnetUpsampleBlock2D, act_fn gelu, dropout"
                + " 0.1\n"),
        text);
  }

  @Test
  void infoDescribesARun() throws IOException {
    String run = file("run").toString();
    assertEquals(
        0,
        haze(
            ("train --preset tiny --steps 3 --batch 4 --seed 7 --sample-every 0 --loss min-snr"
                    + " --conditional --out "
                    + run)
                .split(" ")),
        err.toString());
    assertEquals(0, haze("info", run));
    assertTrue(
        out.toString()
            .replace(System.lineSeparator(), "\n")
            .matches(
                """
                (?s).*
                data        mnist train, 60,000 images
                objective   loss min-snr, gamma 5.0, timesteps uniform, a share of 0.1 without their class
                training    step 3 of 3, batch 4, seed 7
                steps       took 0:\\d\\d, mean loss of the last 3: \\d\\.\\d{4}
                """),
        out.toString());
  }

  @Test
  void infoDescribesAFileOfTensors() throws IOException {
    Path file = file("a.safetensors");
    SafetensorsFile.write(
        file,
        Map.of("format", "p\u001b[2Jt"),
        Map.of("b", Tensor.zeros(2, 3), "a.long\u202ename", Tensor.scalar(1)));
    assertEquals(0, haze("info", file.toString()));
    assertEquals(
        """
        a.long?name  F32     []
        b            F32     [2, 3]

        tensors     2
        elements    7
        data        28 bytes
        metadata    format = p?[2Jt
        """,
        out.toString().replace(System.lineSeparator(), "\n"));
    Files.writeString(file, "no");
    assertEquals(1, haze("info", file.toString()));
  }
}
