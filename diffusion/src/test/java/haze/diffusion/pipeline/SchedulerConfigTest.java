package haze.diffusion.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.diffusion.io.BadFileException;
import haze.diffusion.pipeline.SchedulerConfig.BetaSchedule;
import haze.diffusion.pipeline.SchedulerConfig.Kind;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.sampler.AncestralSampler;
import haze.diffusion.sampler.DdimSampler;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.TimestepSpacing;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchedulerConfigTest {
  @TempDir
  Path directory;

  /// Single quotes stand for double ones.
  private SchedulerConfig read(String members) throws IOException {
    String json = "{'_class_name': 'DDPMScheduler'" + (members.isEmpty() ? "" : ", ") + members
        + "}";
    return SchedulerConfig
        .read(Files.writeString(directory.resolve("s.json"), json.replace('\'', '"')));
  }

  private String refusal(String members) {
    return assertThrows(BadFileException.class, () -> read(members)).getMessage()
        .replace(directory + "/", "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"DDPMScheduler", "DDIMScheduler"})
  void aFileOfDiffusersIsWrittenAgainByteForByte(String name) throws IOException {
    Path file = PipelineGolden.path(name + "/scheduler_config.json");
    assertEquals(Files.readString(file), SchedulerConfig.read(file).write().toString());
  }

  @Test
  void missingKeysHaveTheDefaultsOfTheClass() throws IOException {
    assertEquals(SchedulerConfig.DDPM,
        SchedulerConfig.read(PipelineGolden.path("DDPMScheduler/scheduler_config.json")));
    assertEquals(SchedulerConfig.DDPM, read(""));
  }

  @Test
  void everyKeyIsReadAndWritten() throws IOException {
    SchedulerConfig unusual = new SchedulerConfig(Kind.DDPM, 3, BetaSchedule.SCALED_LINEAR, 0.01,
        0.3, List.of(0.1, 0.2, 0.3), ReverseVariance.FIXED_LARGE, false, 2.5,
        TimestepSpacing.TRAILING, 1, true);
    Path file = directory.resolve("s.json");
    unusual.write().write(file);
    assertEquals(unusual, SchedulerConfig.read(file));
    SchedulerConfig ddim = new SchedulerConfig(Kind.DDIM, 7, BetaSchedule.SQUAREDCOS_CAP_V2, 0.01,
        0.3, List.of(), ReverseVariance.FIXED_SMALL, true, 1, TimestepSpacing.LINSPACE, 0, false);
    ddim.write().write(file);
    assertEquals(ddim, SchedulerConfig.read(file));
  }

  @Test
  void theNoiseScheduleIsTheOneThatIsNamed() throws IOException {
    assertSame(NoiseSchedule.linear(50, 0.001, 0.2),
        read("'num_train_timesteps': 50, 'beta_start': 0.001, 'beta_end': 0.2"));
    assertSame(NoiseSchedule.scaledLinear(1000, 1e-4, 0.02),
        read("'beta_schedule': 'scaled_linear'"));
    assertSame(NoiseSchedule.cosine(1000), read("'beta_schedule': 'squaredcos_cap_v2'"));
    assertSame(NoiseSchedule.ofBetas(0.5, 0.25),
        read("'num_train_timesteps': 2, 'trained_betas': [0.5, 0.25]"));
  }

  private static void assertSame(NoiseSchedule expected, SchedulerConfig config) {
    NoiseSchedule actual = config.schedule();
    assertEquals(expected.timesteps(), actual.timesteps());
    for (int t = 1; t <= expected.timesteps(); t++) {
      assertEquals(expected.beta(t), actual.beta(t));
    }
  }

  @Test
  void theSamplersFollowTheConfiguration() throws IOException {
    SchedulerConfig config = read("'num_train_timesteps': 20, 'timestep_spacing': 'leading', "
        + "'steps_offset': 1, 'clip_sample_range': 0.5, 'beta_end': 0.5");
    Sampler ddim = assertInstanceOf(DdimSampler.class, config.sampler(Kind.DDIM, 5));
    Sampler ddpm = assertInstanceOf(AncestralSampler.class, config.sampler(Kind.DDPM, 5));
    for (Sampler sampler : List.of(ddim, ddpm)) {
      assertArrayEquals(new int[]{18, 14, 10, 6, 2},
          IntStream.range(0, 5).map(sampler::timestep).toArray());
      Tensor x0 = sampler.step(4, Tensor.full(9, 1), Tensor.zeros(1), Tensor.zeros(1)).x0();
      assertEquals(0.5f, x0.item());
    }
    Sampler free = read("'clip_sample': false").sampler(Kind.DDIM, 1);
    assertEquals(900,
        free.step(0, Tensor.full(900, 1), Tensor.zeros(1), Tensor.zeros(1)).x0().item(),
        1);
  }

  @Test
  void theVarianceAndTheLastStepFollowTheConfiguration() throws IOException {
    Tensor zero = Tensor.zeros(1);
    Tensor one = Tensor.full(1, 1);
    String short_ = "'num_train_timesteps': 2, 'trained_betas': [0.5, 0.25]";
    // Ho et al. 2020, eq. 7: beta~_2 = beta_2 (1 - alphaBar_1) / (1 - alphaBar_2) = 0.25 * 0.5 / 0.625 = 0.2.
    assertEquals(Math.sqrt(0.2),
        read(short_).sampler(Kind.DDPM, 2).step(0, zero, zero, one).previous().item(), 1e-6);
    assertEquals(Math.sqrt(0.25), read(short_ + ", 'variance_type': 'fixed_large'")
        .sampler(Kind.DDPM, 2).step(0, zero, zero, one).previous().item(), 1e-6);
    // alphaBar_1 = 0.5: the last step leaves sqrt(1 - 0.5) of the noise if it does not arrive at the picture.
    SchedulerConfig toX1 = read(short_ + ", 'set_alpha_to_one': false, 'clip_sample': false");
    assertFalse(toX1.setAlphaToOne());
    assertEquals(1, toX1.sampler(Kind.DDIM, 2).step(1, one, zero, zero).previous().item(), 1e-6);
    SchedulerConfig toX0 = read(short_ + ", 'clip_sample': false");
    assertEquals(Math.sqrt(2),
        toX0.sampler(Kind.DDIM, 2).step(1, one, zero, zero).previous().item(),
        1e-6);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      '_class_name': 'PNDMScheduler'       | not valid JSON
      'prediction_type': 'v_prediction'    | prediction_type is "v_prediction", Haze supports "epsilon"
      'thresholding': true                 | thresholding is true, Haze supports false
      'rescale_betas_zero_snr': true       | rescale_betas_zero_snr is true, Haze supports false
      'variance_type': 'learned_range'     | variance_type is "learned_range", Haze supports fixed_small, fixed_large
      'variance_type': 'FIXED_SMALL'       | variance_type is "FIXED_SMALL", Haze supports fixed_small, fixed_large
      'beta_schedule': 'sigmoid'           | beta_schedule is "sigmoid", Haze supports linear, scaled_linear, squaredcos_cap_v2
      'timestep_spacing': 'log'            | timestep_spacing is "log", Haze supports leading, linspace, trailing
      'num_train_timesteps': 0             | num_train_timesteps is 0, expected a whole number from 1 to 100000
      'num_train_timesteps': 2000000000    | num_train_timesteps is 2000000000, expected a whole number from 1 to 100000
      'beta_start': -0.1                   | scheduler: beta_start is -0.1, expected between 0 and 1
      'beta_end': 1                        | scheduler: beta_end is 1.0, expected between 0 and 1
      'beta_end': 1e999                    | beta_end is
      'trained_betas': [0.1]               | scheduler: trained_betas is a list of 1, expected as many as num_train_timesteps 1000
      'trained_betas': 'x'                 | trained_betas is "x", expected a list of numbers
      'trained_betas': [2], 'num_train_timesteps': 1 | scheduler: trained_betas is 2.0, expected between 0 and 1
      'clip_sample_range': 0               | scheduler: clip_sample_range is 0.0, expected a positive number
      'steps_offset': 1000                 | scheduler: steps_offset is 1000, expected 0 to below num_train_timesteps 1000
      'clip_sample': 'yes'                 | clip_sample is "yes", expected true or false
      'predict_x0': true                   | unknown key predict_x0
      """)
  void aValueThatHazeDoesNotSupportIsNamed(String members, String expected) {
    String message = refusal(members);
    assertEquals(0, message.indexOf("s.json: "), message);
    assertEquals(true, message.contains(expected), message);
  }

  @Test
  void anotherClassOfSchedulerIsNamed() throws IOException {
    Path file = directory.resolve("s.json");
    for (String json : List.of("{\"_class_name\": \"PNDMScheduler\"}", "{}")) {
      Files.writeString(file, json);
      String message = assertThrows(BadFileException.class, () -> SchedulerConfig.read(file))
          .getMessage();
      assertEquals(file + ": _class_name is " + (json.length() > 2 ? "\"PNDMScheduler\"" : "null")
          + ", Haze supports DDPMScheduler, DDIMScheduler", message);
    }
  }
}
