package haze.diffusion.pipeline;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoublePredicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The keys of diffusers' `scheduler_config.json`, class by class: each with its default and with
/// the values that Haze supports. What a value means is said where it is used, in
/// [SchedulerConfig].
final class SchedulerKeys {
  /// A bound that no sensible model reaches.
  static final int MAX_TIMESTEPS = 100_000;

  /// What a key may be.
  ///
  /// @param defaultValue what a missing key means
  /// @param rule what it may be
  record Key(@Nullable Object defaultValue, Rule rule) {}

  /// What a value may be.
  @FunctionalInterface
  interface Rule {
    /// What was expected instead of a value, such as `expected a number`; null if the value is
    /// right.
    @Nullable String violation(@Nullable Object value);
  }

  private static final Map<SamplerKind, Map<String, Key>> KEYS = keys();

  private SchedulerKeys() {}

  /// The keys of a class.
  static Map<String, Key> of(SamplerKind kind) {
    return KEYS.getOrDefault(kind, Map.of());
  }

  /// A key of any class, which a file may carry along from the scheduler that it was made from;
  /// null if there is none.
  static @Nullable Key any(String name) {
    return Arrays.stream(SamplerKind.values())
        .map(kind -> of(kind).get(name))
        .filter(key -> key != null)
        .findFirst()
        .orElse(null);
  }

  private static Map<SamplerKind, Map<String, Key>> keys() {
    Map<SamplerKind, Map<String, Key>> keys = new LinkedHashMap<>();
    for (SamplerKind kind : SamplerKind.values()) {
      Map<String, Key> of = new LinkedHashMap<>();
      of.put("num_train_timesteps", new Key(1000, whole(1, MAX_TIMESTEPS)));
      if (kind == SamplerKind.FLOW) {
        flow(of);
      } else {
        chain(of, kind);
      }
      keys.put(kind, of);
    }
    return keys;
  }

  /// The keys of all schedulers of models that were trained on a Markov chain.
  private static void chain(Map<String, Key> keys, SamplerKind kind) {
    boolean heun = kind == SamplerKind.HEUN;
    Rule beta = number("between 0 and 1", b -> b > 0 && b < 1);
    keys.put("beta_start", new Key(heun ? 0.00085 : 1e-4, beta));
    keys.put("beta_end", new Key(heun ? 0.012 : 0.02, beta));
    keys.put(
        "beta_schedule",
        new Key(
            "linear",
            oneOf("linear", "scaled_linear", "squaredcos_cap_v2", "sigmoid", "laplace", "exp")));
    keys.put("trained_betas", new Key(null, SchedulerKeys::betas));
    keys.put("prediction_type", new Key("epsilon", oneOf("epsilon", "sample", "v_prediction")));
    keys.put(
        "timestep_spacing",
        new Key(
            kind == SamplerKind.DDPM || kind == SamplerKind.DDIM ? "leading" : "linspace",
            oneOf("leading", "linspace", "trailing")));
    keys.put("steps_offset", new Key(0, whole(0, MAX_TIMESTEPS)));
    if (!heun) {
      keys.put("rescale_betas_zero_snr", new Key(false, bool()));
    }
    if (kind == SamplerKind.DDPM || kind == SamplerKind.DDIM || kind == SamplerKind.DPM_SOLVER) {
      keys.put("thresholding", new Key(false, bool()));
      keys.put(
          "dynamic_thresholding_ratio", new Key(0.995, number("0 to 1", r -> r >= 0 && r <= 1)));
      keys.put("sample_max_value", new Key(1.0, positive()));
    }
    if (kind == SamplerKind.DDPM || kind == SamplerKind.DDIM || heun) {
      keys.put("clip_sample", new Key(!heun, bool()));
      keys.put("clip_sample_range", new Key(1.0, positive()));
    }
    switch (kind) {
      case DDPM ->
          keys.put(
              "variance_type",
              new Key(
                  "fixed_small",
                  oneOf("fixed_small", "fixed_small_log", "fixed_large", "learned_range")));
      case DDIM -> keys.put("set_alpha_to_one", new Key(true, bool()));
      case DPM_SOLVER -> dpmSolver(keys);
      case EULER -> euler(keys);
      case HEUN -> sigmas(keys);
      case FLOW -> throw new AssertionError("not trained on a chain");
    }
  }

  private static void dpmSolver(Map<String, Key> keys) {
    sigmas(keys);
    keys.put("use_lu_lambdas", new Key(false, bool()));
    keys.put("algorithm_type", new Key("dpmsolver++", oneOf("dpmsolver++", "sde-dpmsolver++")));
    keys.put("solver_order", new Key(2, whole(1, 3)));
    keys.put("solver_type", new Key("midpoint", oneOf("midpoint", "heun")));
    keys.put("lower_order_final", new Key(true, bool()));
    keys.put("euler_at_final", new Key(false, bool()));
    keys.put("final_sigmas_type", new Key("zero", oneOf("zero", "sigma_min")));
    keys.put(
        "lambda_min_clipped",
        new Key(
            Double.NEGATIVE_INFINITY,
            value ->
                value instanceof Number number && number.doubleValue() < Double.POSITIVE_INFINITY
                    ? null
                    : "expected a number or -Infinity"));
    // Whether the network also answers with a variance is seen from its answer.
    keys.put(
        "variance_type",
        new Key(
            null,
            oneOf(
                null,
                "learned",
                "learned_range",
                "fixed_small",
                "fixed_small_log",
                "fixed_large",
                "fixed_large_log")));
    keys.put("use_flow_sigmas", new Key(false, oneOf(false)));
    keys.put("flow_shift", new Key(1.0, positive()));
    shifting(keys);
  }

  private static void euler(Map<String, Key> keys) {
    sigmas(keys);
    Rule sigma = value -> value == null ? null : positive().violation(value);
    keys.put("sigma_min", new Key(null, sigma));
    keys.put("sigma_max", new Key(null, sigma));
    keys.put("final_sigmas_type", new Key("zero", oneOf("zero", "sigma_min")));
    keys.put("interpolation_type", new Key("linear", oneOf("linear")));
    keys.put("timestep_type", new Key("discrete", oneOf("discrete")));
  }

  /// The choices of [haze.diffusion.sampler.schedule.SigmaSpacing] that several classes have.
  private static void sigmas(Map<String, Key> keys) {
    keys.put("use_karras_sigmas", new Key(false, bool()));
    keys.put("use_exponential_sigmas", new Key(false, bool()));
    keys.put("use_beta_sigmas", new Key(false, oneOf(false)));
  }

  private static void flow(Map<String, Key> keys) {
    keys.put("shift", new Key(1.0, positive()));
    keys.put("invert_sigmas", new Key(false, oneOf(false)));
    keys.put("shift_terminal", new Key(null, oneOf((Object) null)));
    keys.put("stochastic_sampling", new Key(false, oneOf(false)));
    keys.put("use_karras_sigmas", new Key(false, oneOf(false)));
    keys.put("use_exponential_sigmas", new Key(false, oneOf(false)));
    keys.put("use_beta_sigmas", new Key(false, oneOf(false)));
    // Of shifting by the size of the image, which is off.
    keys.put("base_shift", new Key(0.5, positive()));
    keys.put("max_shift", new Key(1.15, positive()));
    keys.put("base_image_seq_len", new Key(256, whole(1, Integer.MAX_VALUE)));
    keys.put("max_image_seq_len", new Key(4096, whole(1, Integer.MAX_VALUE)));
    shifting(keys);
  }

  private static void shifting(Map<String, Key> keys) {
    keys.put("use_dynamic_shifting", new Key(false, oneOf(false)));
    keys.put("time_shift_type", new Key("exponential", oneOf("exponential", "linear")));
  }

  private static Rule whole(int min, int max) {
    return value ->
        value instanceof Integer number && number >= min && number <= max
            ? null
            : "expected a whole number from " + min + " to " + max;
  }

  private static Rule bool() {
    return value -> value instanceof Boolean ? null : "expected true or false";
  }

  private static Rule positive() {
    return number("a positive number", number -> number > 0);
  }

  private static Rule number(String expected, DoublePredicate right) {
    return value ->
        value instanceof Number number
                && Double.isFinite(number.doubleValue())
                && right.test(number.doubleValue())
            ? null
            : "expected " + expected;
  }

  private static Rule oneOf(@Nullable Object... values) {
    @Nullable Object[] supported = values.clone();
    String names = Arrays.stream(supported).map(String::valueOf).collect(Collectors.joining(", "));
    return value -> Arrays.asList(supported).contains(value) ? null : "Haze supports " + names;
  }

  /// Python's `if trained_betas is not None`: null, or a list.
  private static @Nullable String betas(@Nullable Object value) {
    Rule beta = number("", b -> b > 0 && b <= 1);
    boolean right =
        value == null
            || (value instanceof List<?> list
                && !list.isEmpty()
                && list.stream().allMatch(element -> beta.violation(element) == null));
    return right ? null : "expected null or a list of numbers between 0 and 1";
  }
}
