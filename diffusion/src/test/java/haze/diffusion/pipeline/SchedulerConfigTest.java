package haze.diffusion.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.io.BadFileException;
import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.sampler.AncestralSampler;
import haze.diffusion.sampler.DdimSampler;
import haze.diffusion.sampler.DpmSolverSampler;
import haze.diffusion.sampler.EulerSampler;
import haze.diffusion.sampler.HeunSampler;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchedulerConfigTest {
  @TempDir Path directory;

  /// Single quotes stand for double ones.
  private SchedulerConfig read(String members) throws IOException {
    String json =
        members.contains("_class_name")
            ? "{" + members + "}"
            : "{'_class_name': 'DDPMScheduler', " + members + "}";
    return SchedulerFile.read(
        Files.writeString(directory.resolve("s.json"), json.replace('\'', '"')));
  }

  private String invalid(String members) {
    return assertThrows(BadFileException.class, () -> read(members))
        .getMessage()
        .replace(directory + "/", "");
  }

  @ParameterizedTest
  @EnumSource
  void aFileOfDiffusersIsWrittenAgainByteForByte(SamplerKind kind) throws IOException {
    Path file = PipelineGolden.path(kind.className() + "/scheduler_config.json");
    assertEquals(Files.readString(file), SchedulerFile.write(SchedulerFile.read(file)).toString());
  }

  @ParameterizedTest
  @EnumSource
  void missingKeysHaveTheDefaultsOfTheClass(SamplerKind kind) throws IOException {
    assertEquals(
        SchedulerFile.read(PipelineGolden.path(kind.className() + "/scheduler_config.json")),
        read("'_class_name': '" + kind.className() + "'"));
  }

  @Test
  void everyKeyIsReadAndWritten() throws IOException {
    SchedulerConfig unusual =
        SchedulerConfig.DDPM
            .withTimesteps(3)
            .withBetaSchedule(BetaSchedule.SCALED_LINEAR)
            .withBetas(0.01, 0.3)
            .withTrainedBetas(List.of(0.1, 0.2, 0.3))
            .withVariance(ReverseVariance.FIXED_LARGE)
            .with(SchedulerKeys.CLIP, false)
            .with(SchedulerKeys.CLIP_RANGE, 2.5)
            .with(SchedulerKeys.STEPS_OFFSET, 1)
            .withSpacing(TimestepSpacing.TRAILING)
            .withPrediction(Prediction.X0)
            .with(SchedulerKeys.THRESHOLDING, true)
            .with(SchedulerKeys.THRESHOLDING_MAX, 1.5);
    Path file = directory.resolve("s.json");
    SchedulerFile.write(unusual).write(file);
    assertEquals(unusual, SchedulerFile.read(file));
    SchedulerConfig dpm = SchedulerConfig.of(SamplerKind.DPM_SOLVER);
    dpm = PipelineGolden.with(dpm, "lambda_min_clipped", -5.1);
    dpm = PipelineGolden.with(dpm, "variance_type", "learned_range");
    dpm = PipelineGolden.with(dpm, "solver_order", 3);
    SchedulerFile.write(dpm).write(file);
    assertEquals(dpm, SchedulerFile.read(file));
  }

  /// Diffusers' `from_config` writes the keys of the scheduler that another was made from.
  @Test
  void theDefaultsOfSamplingStayWithTheModel() throws IOException {
    SchedulerConfig config =
        SchedulerConfig.of(SamplerKind.DDIM).withDefaults(SamplingDefaults.of(2, 1.5));
    Path file = directory.resolve("written.json");
    SchedulerFile.write(config).write(file);
    assertEquals(config, SchedulerFile.read(file));
    assertEquals(
        SamplingDefaults.of(2, 1.5),
        config
            .withSpacing(TimestepSpacing.TRAILING)
            .withoutClipping()
            .stabilized()
            .as(SamplerKind.LCM)
            .defaults());
    assertEquals(SamplingDefaults.NONE, read("'num_train_timesteps': 10").defaults());
    assertEquals(2, SamplerChoice.DEFAULT.steps(config));
    assertEquals(2, SamplerChoice.DEFAULT.kind(SamplerKind.DDPM).steps(config));
    assertEquals(7, SamplerChoice.DEFAULT.steps(7).steps(config));
  }

  @Test
  void defaultsThatMakeNoSenseAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> SamplingDefaults.of(0, 1));
    assertThrows(IllegalArgumentException.class, () -> SamplingDefaults.of(2, Double.NaN));
    assertThrows(
        IllegalArgumentException.class, () -> SamplingDefaults.of(2, Double.POSITIVE_INFINITY));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'_haze_steps': 0   | s.json: _haze_steps is 0, expected a whole number from 1 to 1000",
        "'_haze_steps': 1001| s.json: _haze_steps is 1001, expected a whole number from 1 to 1000",
        "'_haze_guidance': 'x' | s.json: _haze_guidance is \"x\", expected a number",
        "'_haze_guidance': NaN | s.json: _haze_guidance is \"NaN\", expected a number"
      },
      quoteCharacter = '`')
  void aDefaultThatMakesNoSenseIsNamed(String members, String expected) {
    assertEquals(expected, invalid(members));
  }

  /// Of another sampler, number of timesteps or variance, but not of another prediction or noise
  /// schedule, or of flow matching.
  @Test
  void oneTargetHasOnePredictionOnOneSchedule() {
    SchedulerConfig cosine = SchedulerConfig.DDPM.withBetaSchedule(BetaSchedule.COSINE);
    SchedulerConfig flow = SchedulerConfig.of(SamplerKind.FLOW);
    assertTrue(cosine.as(SamplerKind.DDIM).withTimesteps(500).hasTargetOf(cosine));
    assertTrue(cosine.withVariance(ReverseVariance.FIXED_LARGE).hasTargetOf(cosine));
    assertTrue(flow.withTimesteps(10).hasTargetOf(flow));
    assertFalse(cosine.hasTargetOf(SchedulerConfig.DDPM));
    assertFalse(cosine.withPrediction(Prediction.V).hasTargetOf(cosine));
    assertFalse(cosine.withTimesteps(2).withTrainedBetas(List.of(0.1, 0.2)).hasTargetOf(cosine));
    assertFalse(flow.hasTargetOf(cosine));
    assertFalse(cosine.hasTargetOf(flow));
  }

  @Test
  void keysOfOtherClassesAreCarriedAlong() throws IOException {
    String euler =
        "'_class_name': 'EulerDiscreteScheduler', 'clip_sample': false, "
            + "'set_alpha_to_one': false, 'variance_type': 'learned_range'";
    SchedulerConfig config = read(euler);
    Path file = directory.resolve("again.json");
    SchedulerFile.write(config).write(file);
    assertEquals(config, SchedulerFile.read(file));
    SchedulerConfig ddim = config.as(SamplerKind.DDIM);
    assertEquals(false, ddim.settings().get(SchedulerKeys.CLIP));
    assertEquals(false, ddim.settings().values().get("set_alpha_to_one"));
    assertEquals(TimestepSpacing.LINSPACE, ddim.settings().get(SchedulerKeys.SPACING));
    assertEquals(ReverseVariance.LEARNED_RANGE, ddim.as(SamplerKind.DDPM).variance());
  }

  @Test
  void anotherSamplerKeepsTheModelsScheduleAndPrediction() throws IOException {
    SchedulerConfig model =
        read(
            "'num_train_timesteps': 20, 'beta_schedule': 'sigmoid', 'prediction_type':"
                + " 'v_prediction', 'rescale_betas_zero_snr': true, 'beta_end': 0.5");
    for (SamplerKind kind : SamplerKind.values()) {
      if (kind == SamplerKind.FLOW) {
        assertEquals(
            "the model's scheduler is DDPMScheduler, it cannot be sampled with "
                + "FlowMatchEulerDiscreteScheduler: models for flow matching need that one, other "
                + "models another",
            assertThrows(IllegalArgumentException.class, () -> model.as(kind)).getMessage());
        continue;
      }
      SchedulerConfig other = model.as(kind);
      assertSame(NoiseSchedule.sigmoidBetas(20, 1e-4, 0.5).withZeroTerminalSnr(), other);
      assertEquals(Prediction.V, other.prediction());
      assertEquals(4, other.sampler(4).schedule().steps());
    }
    SchedulerConfig flow = SchedulerConfig.of(SamplerKind.FLOW);
    assertThrows(IllegalArgumentException.class, () -> flow.as(SamplerKind.DDIM));
    assertThrows(IllegalStateException.class, flow::schedule);
  }

  @Test
  void theNoiseScheduleIsTheOneThatIsNamed() throws IOException {
    assertSame(
        NoiseSchedule.linear(50, 0.001, 0.2),
        read("'num_train_timesteps': 50, 'beta_start': 0.001, 'beta_end': 0.2"));
    assertSame(
        NoiseSchedule.scaledLinear(1000, 1e-4, 0.02), read("'beta_schedule': 'scaled_linear'"));
    assertSame(NoiseSchedule.cosine(1000), read("'beta_schedule': 'squaredcos_cap_v2'"));
    assertSame(
        NoiseSchedule.ofBetas(0.5, 0.25),
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
    SchedulerConfig config =
        read(
            "'num_train_timesteps': 20, 'timestep_spacing': 'leading', "
                + "'steps_offset': 1, 'clip_sample_range': 0.5, 'beta_end': 0.5");
    SchedulerConfig ddim = config.as(SamplerKind.DDIM);
    assertInstanceOf(DdimSampler.class, ddim.sampler(5));
    assertInstanceOf(AncestralSampler.class, config.sampler(5));
    for (SchedulerConfig either : List.of(ddim, config)) {
      assertArrayEquals(
          new double[] {17, 13, 9, 5, 1},
          IntStream.range(0, 5).mapToDouble(either.sampler(5).schedule()::timestep).toArray());
      assertEquals(0.5f, step(either, 5, 4, 9).x0().item());
    }
    assertInstanceOf(DpmSolverSampler.class, config.as(SamplerKind.DPM_SOLVER).sampler(5));
    assertInstanceOf(EulerSampler.class, config.as(SamplerKind.EULER).sampler(5));
    assertInstanceOf(HeunSampler.class, config.as(SamplerKind.HEUN).sampler(5));
    assertInstanceOf(EulerSampler.class, SchedulerConfig.of(SamplerKind.FLOW).sampler(5));
    SchedulerConfig free = read("'clip_sample': false").as(SamplerKind.DDIM);
    assertEquals(900, step(free, 1, 0, 900).x0().item(), 1);
    assertEquals(
        "eta is 0.5, but DDPMScheduler has none, only DDIMScheduler does",
        assertThrows(IllegalArgumentException.class, () -> config.sampler(5, 0.5)).getMessage());
  }

  /// A step with a network that sees no noise, and noise of 1.
  private static Sampler.State step(SchedulerConfig config, int steps, int step, float x) {
    return config
        .sampler(steps)
        .step(
            step,
            Sampler.State.start(Tensor.full(x, 1)),
            config.denoiser((_, _) -> Tensor.zeros(1)),
            _ -> Tensor.full(1, 1));
  }

  @Test
  void theVarianceAndTheLastStepFollowTheConfiguration() throws IOException {
    String short_ = "'num_train_timesteps': 2, 'trained_betas': [0.5, 0.25]";
    // Ho et al. 2020, eq. 7: beta~_2 = beta_2 (1 - alphaBar_1) / (1 - alphaBar_2) = 0.25 * 0.5 /
    // 0.625 = 0.2.
    assertEquals(Math.sqrt(0.2), step(read(short_), 2, 0, 0).xt().item(), 1e-6);
    assertEquals(
        Math.sqrt(0.25),
        step(read(short_ + ", 'variance_type': 'fixed_large'"), 2, 0, 0).xt().item(),
        1e-6);
    // alphaBar_1 = 0.5: a last step that stops at x_1 leaves x as it is, where nothing is seen in
    // it but picture.
    SchedulerConfig toX1 = read(short_ + ", 'set_alpha_to_one': false, 'clip_sample': false");
    assertEquals(1, step(toX1.as(SamplerKind.DDIM), 2, 1, 1).xt().item(), 1e-6);
    SchedulerConfig toX0 = read(short_ + ", 'clip_sample': false");
    assertEquals(Math.sqrt(2), step(toX0.as(SamplerKind.DDIM), 2, 1, 1).xt().item(), 1e-6);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'prediction_type': 'score'           | prediction_type is "score", Haze supports epsilon, sample, v_prediction
          'thresholding': 1                    | thresholding is 1, expected true or false
          'variance_type': 'learned'           | variance_type is "learned", Haze supports fixed_small, fixed_small_log, fixed_large, learned_range
          'variance_type': 'FIXED_SMALL'       | variance_type is "FIXED_SMALL", Haze supports fixed_small, fixed_small_log, fixed_large, learned_range
          'beta_schedule': 'quadratic'         | beta_schedule is "quadratic", Haze supports linear, scaled_linear, squaredcos_cap_v2, sigmoid, laplace, exp, log_snr
          'timestep_spacing': 'log'            | timestep_spacing is "log", Haze supports leading, linspace, trailing
          'num_train_timesteps': 0             | num_train_timesteps is 0, expected a whole number from 1 to 100000
          'num_train_timesteps': 2000000000    | num_train_timesteps is 2000000000, expected a whole number from 1 to 100000
          'beta_start': -0.1                   | beta_start is -0.1, expected between 0 and 1
          'beta_end': 1                        | beta_end is 1, expected between 0 and 1
          'beta_end': 1e999                    | beta_end is
          'trained_betas': [0.1]               | trained_betas is a list of 1, expected as many as num_train_timesteps 1000
          'trained_betas': 'x'                 | trained_betas is "x", expected null or a list of numbers between 0 and 1
          'trained_betas': [2], 'num_train_timesteps': 1 | trained_betas is [2], expected null or a list of numbers between 0 and 1
          'clip_sample_range': 0               | clip_sample_range is 0, expected a positive number
          'clip_sample_range': 1e-320          | clip_sample_range is 1.0E-320, expected a positive number
          'steps_offset': 1000                 | steps_offset is 1000, expected less than num_train_timesteps 1000
          'clip_sample': 'yes'                 | clip_sample is "yes", expected true or false
          'predict_epsilon': 1                 | predict_epsilon is 1, expected true or false
          """)
  void aValueThatHazeDoesNotSupportIsNamed(String members, String expected) {
    String message = invalid(members);
    assertEquals(0, message.indexOf("s.json: "), message);
    assertEquals(true, message.contains(expected), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          DPM_SOLVER | 'algorithm_type': 'deis'      | algorithm_type is "deis", Haze supports dpmsolver++, sde-dpmsolver++, dpmsolver, sde-dpmsolver
          DPM_SOLVER | 'use_beta_sigmas': true, 'use_karras_sigmas': true | use_karras_sigmas is true, but so is use_beta_sigmas, expected one at most
          UNI_PC     | 'disable_corrector': [-1]     | disable_corrector is [-1], expected a list of whole numbers from 0
          UNI_PC     | 'solver_p': 'x'               | solver_p is "x", Haze supports null
          DPM_SOLVER | 'use_flow_sigmas': true       | use_flow_sigmas is true, Haze supports false
          DPM_SOLVER | 'solver_order': 4             | solver_order is 4, expected a whole number from 1 to 3
          DPM_SOLVER | 'lambda_min_clipped': NaN     | lambda_min_clipped is "NaN", expected a number or -Infinity
          DPM_SOLVER | 'use_lu_lambdas': true, 'use_karras_sigmas': true | use_karras_sigmas is true, but so is use_lu_lambdas, expected one at most
          EULER      | 'timestep_type': 'continuous' | timestep_type is "continuous", Haze supports discrete
          EULER      | 'interpolation_type': 'log_linear' | interpolation_type is "log_linear", Haze supports linear
          EULER      | 'sigma_max': -1               | sigma_max is -1, expected a positive number
          FLOW       | 'shift': 0                    | shift is 0, expected a positive number
          FLOW       | 'use_dynamic_shifting': true  | use_dynamic_shifting is true, Haze supports false
          FLOW       | 'shift_terminal': 0.1         | shift_terminal is 0.1, Haze supports null
          """)
  void aValueOfAnotherClassThatHazeDoesNotSupportIsNamed(
      SamplerKind kind, String members, String expected) {
    assertEquals(
        "s.json: " + expected, invalid("'_class_name': '" + kind.className() + "', " + members));
  }

  @Test
  void theInverseOfDdimIsNoSampler() {
    assertEquals(
        "s.json: DDIMInverseScheduler goes from images to noise, as haze encode does by itself;"
            + " --sampler ddim samples the model, and a copy whose _class_name is DDIMScheduler"
            + " does so by default",
        invalid("'_class_name': 'DDIMInverseScheduler', 'beta_schedule': 'linear'"));
  }

  /// With a sampler of one's own choice, what all classes for a Markov chain share is enough.
  @Test
  void anotherClassOfSchedulerNeedsASamplerOfOnesOwn() throws IOException {
    String tcd = "'_class_name': 'TCDScheduler', 'beta_schedule': 'scaled_linear'";
    assertEquals(
        "s.json: TCDScheduler is not supported; --sampler NAME samples the model with another",
        invalid(tcd));
    Files.writeString(
        directory.resolve("s.json"),
        ("{" + tcd + ", 'prediction_type': 'v_prediction', 'gamma': 0.3}").replace('\'', '"'));
    SchedulerConfig config =
        SchedulerFile.read(directory.resolve("s.json"), Optional.of(SamplerKind.EULER));
    assertSame(NoiseSchedule.scaledLinear(1000, 1e-4, 0.02), config);
    assertEquals(Prediction.V, config.prediction());
    assertEquals(List.of("gamma"), config.unknownKeys());
    for (SamplerKind chosen : List.of(SamplerKind.EULER, SamplerKind.FLOW)) {
      Files.writeString(directory.resolve("s.json"), "{\"_class_name\": \"EDMEulerScheduler\"}");
      assertEquals(
          directory.resolve("s.json")
              + ": EDMEulerScheduler is not supported, and has no beta_schedule that another"
              + " sampler could use",
          assertThrows(
                  BadFileException.class,
                  () -> SchedulerFile.read(directory.resolve("s.json"), Optional.of(chosen)))
              .getMessage());
    }
    Files.writeString(directory.resolve("s.json"), "{}");
    assertEquals(
        directory.resolve("s.json")
            + ": _class_name is missing, expected a class of diffusers' schedulers",
        assertThrows(BadFileException.class, () -> SchedulerFile.read(directory.resolve("s.json")))
            .getMessage());
  }

  @Test
  void keysThatNoClassHasAreNamedAndCarriedAlong() throws IOException {
    SchedulerConfig config =
        read("'tensor_format': 'pt', 'timestep_values': null, 'nested': {'a': 1}, '_remark': 1");
    assertEquals(List.of("tensor_format", "timestep_values"), config.unknownKeys());
    Path file = directory.resolve("again.json");
    SchedulerFile.write(config).write(file);
    assertEquals(config, SchedulerFile.read(file));
    assertEquals(
        Optional.of("the scheduler's file has keys without effect: tensor_format, timestep_values"),
        config.unknownKeysWarning());
    assertEquals(Optional.empty(), SchedulerConfig.DDPM.unknownKeysWarning());
    assertEquals(config.unknownKeys(), config.as(SamplerKind.DDIM).unknownKeys());
  }

  /// DDIM made from a saved DPM-Solver has `variance_type` null, which is right there, and one made
  /// of a model with a learned variance has what DDIM does not look at.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "'variance_type': null",
        "'variance_type': 'learned'",
        "'solver_type': 'bh3', 'algorithm_type': 'deis2'",
        "'interpolation_type': 'log_linear', 'use_karras_sigmas': 'no'"
      })
  void whatAnotherClassRefusesDoesNotMatter(String members) throws IOException {
    SchedulerConfig ddim = read("'_class_name': 'DDIMScheduler', " + members);
    SchedulerConfig plain = read("'_class_name': 'DDIMScheduler'");
    for (SamplerKind kind : SamplerKind.values()) {
      if (!kind.isFlow()) {
        assertEquals(4, ddim.as(kind).sampler(4).schedule().steps());
        assertEquals(plain.as(kind).variance(), ddim.as(kind).variance());
      }
    }
  }

  @Test
  void theOldNameOfThePredictionIsRead() throws IOException {
    assertEquals(Prediction.X0, read("'predict_epsilon': false").prediction());
    assertEquals(Prediction.EPSILON, read("'predict_epsilon': true").prediction());
    assertEquals(
        Prediction.V,
        read("'predict_epsilon': false, 'prediction_type': 'v_prediction'").prediction());
  }

  @Test
  void epsilonWithoutSignalIsRefused() throws IOException {
    assertEquals(
        "s.json: prediction_type is epsilon, but the schedule ends without signal, where epsilon"
            + " does not give x_0; expected v_prediction or sample",
        invalid("'rescale_betas_zero_snr': true"));
    read("'rescale_betas_zero_snr': true, 'prediction_type': 'sample'");
  }

  @Test
  void aTimestepHasItsNoiseLevel() {
    NoiseLevel level = SchedulerConfig.DDPM.level(500);
    assertEquals(SchedulerConfig.DDPM.schedule().alphaBar(500), level.alphaBar(), 1e-12);
    assertEquals(new NoiseLevel(0.75, 0.25), SchedulerConfig.of(SamplerKind.FLOW).level(250));
    for (SamplerKind kind : SamplerKind.values()) {
      SchedulerConfig config = SchedulerConfig.of(kind);
      assertEquals(NoiseLevel.CLEAN, config.level(0));
      assertThrows(IllegalArgumentException.class, () -> config.level(-1));
      assertThrows(IllegalArgumentException.class, () -> config.level(1001));
    }
  }

  @Test
  void withoutClippingNoSamplerOfTheModelClips() {
    Tensor x = Tensor.of(Shape.of(1, 1, 1, 1), 3f);
    for (SamplerKind from : SamplerKind.values()) {
      for (SamplerKind to : SamplerKind.values()) {
        if ((from == SamplerKind.FLOW) == (to == SamplerKind.FLOW)) {
          SchedulerConfig config = SchedulerConfig.of(from).withoutClipping().as(to);
          assertEquals(
              3f,
              config
                  .denoiser((_, _) -> Tensor.zeros(1, 1, 1, 1))
                  .at(x, NoiseLevel.CLEAN, 0)
                  .x0()
                  .item(),
              from + " as " + to);
        }
      }
    }
    assertEquals(
        1f,
        SchedulerConfig.DDPM
            .denoiser((_, _) -> Tensor.zeros(1, 1, 1, 1))
            .at(x, NoiseLevel.CLEAN, 0)
            .x0()
            .item());
  }
}
