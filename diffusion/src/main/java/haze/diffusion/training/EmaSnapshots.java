package haze.diffusion.training;

import static haze.diffusion.io.Quantities.counted;
import static haze.diffusion.io.Quantities.percent;

import haze.diffusion.data.Spread;
import haze.diffusion.io.BadFileException;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.RequestException;
import haze.nn.ParameterVector;
import haze.nn.file.Disk;
import haze.nn.optim.EmaProfile;
import haze.nn.safetensors.SafetensorsFile;
import haze.nn.safetensors.TensorFileException;
import haze.nn.unet.UNet;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Averages of the weights whose length is chosen when training is over (Karras et al. 2024,
/// "Analyzing and Improving the Training Dynamics of Diffusion Models", section 3.2).
///
/// A run with [Settings#EMA_SNAPSHOTS] keeps averages of two lengths, and stores both every so many
/// steps and after its last. [#average] makes that of another length of them, see [EmaProfile].
public final class EmaSnapshots {
  /// The lengths that are kept, those of the paper.
  static final List<Double> LENGTHS = List.of(0.05, 0.10);

  /// More snapshots make the result no better: of more, so many are taken that are spread evenly.
  private static final int MOST = 100;

  /// From so great a distance on an average is another than was wanted: of 100 snapshots the
  /// lengths from 0.006 on are within it, of 10 those from 0.03 to 0.23, of one those from 0.04 to
  /// 0.12.
  public static final double MOST_DISTANCE = 0.1;

  /// Of a length, to its last decimal.
  private static final int HALVINGS = 12;

  private static final int DECIMALS = 3;

  private static final Pattern FILE = Pattern.compile("step-(\\d{6,9})\\.safetensors");

  private EmaSnapshots() {}

  /// An average that was made of snapshots.
  ///
  /// @param run whose weights are averaged
  /// @param model with the averaged weights
  /// @param step the step that it is the average at
  /// @param snapshots how many snapshots it is made of
  /// @param distance how far its profile is from the one that was wanted, see [EmaProfile#distance]
  public record Average(
      RunDirectory run, Pipeline model, int step, int snapshots, double distance) {
    /// Writes the model, and what it learned from, see [LearnedData].
    ///
    /// @param directory where; made if it is missing
    /// @throws IOException if a file cannot be written, or the run's settings cannot be read
    public void save(Path directory) throws IOException {
      Files.createDirectories(directory);
      LearnedData.copy(run.path(), directory);
      model.save(directory);
    }
  }

  /// {@return what a length is called in files}
  static String name(double length) {
    return "ema_" + length;
  }

  private static Path file(RunDirectory run, int step) {
    return run.emaSnapshots().resolve(String.format(Locale.ROOT, "step-%06d.safetensors", step));
  }

  /// {@return whether there are those of a step}
  static boolean has(RunDirectory run, int step) {
    return Files.exists(file(run, step));
  }

  /// Stores the averages of a trainer's last step; nothing if there are none.
  ///
  /// @throws IOException if the file can't be written
  static void write(RunDirectory run, Disk disk, Trainer trainer) throws IOException {
    Map<String, float[]> averages = trainer.powerAverages();
    if (averages.isEmpty()) {
      return;
    }
    disk.createDirectories(run.emaSnapshots());
    Map<String, Tensor> tensors = new HashMap<>();
    averages.forEach(
        (name, values) -> tensors.put(name, Tensor.of(Shape.of(values.length), values)));
    SafetensorsFile.write(disk, file(run, trainer.completed()), Map.of(), tensors);
  }

  /// {@return the average of a length, and the model with it}
  ///
  /// @param length the standard deviation of the average's profile as a part of the training until
  ///   then, from [EmaProfile#LEAST_LENGTH] to [EmaProfile#GREATEST_LENGTH]
  /// @param step the step that it is to be the average at; the last one with a snapshot if empty
  /// @param most the greatest [EmaProfile#distance] of its profile from that of the length, at
  ///   least 0, such as [#MOST_DISTANCE]
  /// @throws IOException if the run has no snapshots, or a file is damaged
  /// @throws RequestException if length or step make no sense, or the snapshots do not come as
  ///   close as that
  public static Average average(RunDirectory run, double length, OptionalInt step, double most)
      throws IOException {
    if (!(most >= 0)) {
      throw new RequestException("distance", "is " + most + ", expected at least 0");
    }
    if (!(length >= EmaProfile.LEAST_LENGTH && length <= EmaProfile.GREATEST_LENGTH)) {
      throw new RequestException(
          "length",
          "is "
              + length
              + ", expected "
              + EmaProfile.LEAST_LENGTH
              + " to "
              + EmaProfile.GREATEST_LENGTH);
    }
    NavigableMap<Integer, Path> files = files(run);
    int end = step.orElse(files.lastKey());
    if (end < files.firstKey() || end > files.lastKey()) {
      throw new RequestException(
          "step",
          "is "
              + end
              + ", but the snapshots of "
              + run.path()
              + " are of steps "
              + files.firstKey()
              + " to "
              + files.lastKey());
    }
    List<Map.Entry<Integer, Path>> taken =
        thinned(List.copyOf(files.headMap(end, true).entrySet()));
    List<EmaProfile> stored = new ArrayList<>();
    for (Map.Entry<Integer, Path> entry : taken) {
      for (double own : LENGTHS) {
        stored.add(new EmaProfile(EmaProfile.exponent(own), entry.getKey()));
      }
    }
    EmaProfile wanted = new EmaProfile(EmaProfile.exponent(length), end);
    double[] coefficients = wanted.coefficients(stored);
    double distance = wanted.distance(stored, coefficients);
    if (distance > most) {
      String off = "is off by " + percent(distance) + ", more than " + percent(most);
      throw files.containsKey(end)
          ? new RequestException(
              "length",
              "is "
                  + length
                  + ", but its profile, made of "
                  + counted(taken.size(), "snapshot")
                  + ", "
                  + off
                  + "; the nearest length within that is "
                  + nearest(length, end, stored, most)
                  + ", and more snapshots (haze train --ema-snapshots) reach others")
          : new RequestException(
              "step",
              "is "
                  + end
                  + ", which has no snapshot, and the profile "
                  + off
                  + nearest(files, end));
    }
    Pipeline.Summary summary = Pipeline.describe(run.path());
    UNet unet = new UNet(summary.unet());
    combine(taken, coefficients, new ParameterVector(unet).values());
    return new Average(
        run,
        new Pipeline(unet, summary.scheduler(), summary.classNames(), summary.clusters()),
        end,
        taken.size(),
        distance);
  }

  /// Writes the linear combination of what snapshots have, one of each length in turn.
  private static void combine(
      List<Map.Entry<Integer, Path>> snapshots, double[] coefficients, float[] weights)
      throws IOException {
    double[] sum = new double[weights.length];
    int next = 0;
    for (Map.Entry<Integer, Path> entry : snapshots) {
      try (SafetensorsFile file = SafetensorsFile.open(entry.getValue())) {
        for (double own : LENGTHS) {
          add(sum, coefficients[next++], file.tensor(name(own)), entry.getValue());
        }
      }
    }
    for (int i = 0; i < sum.length; i++) {
      weights[i] = (float) sum[i];
    }
  }

  private static String nearest(NavigableMap<Integer, Path> files, int step) {
    return "; the nearest snapshots are of steps "
        + files.floorKey(step)
        + " and "
        + files.ceilingKey(step);
  }

  /// The length between one and the nearest of those that are kept, which come out exactly, whose
  /// profile comes as close as wanted; rounded towards the latter.
  private static String nearest(double length, int end, List<EmaProfile> stored, double most) {
    double far = length;
    double near =
        LENGTHS.stream()
            .min(Comparator.comparingDouble(own -> Math.abs(own - length)))
            .orElseThrow();
    RoundingMode towardsKept = far > near ? RoundingMode.FLOOR : RoundingMode.CEILING;
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (near + far) / 2;
      EmaProfile profile = new EmaProfile(EmaProfile.exponent(middle), end);
      if (profile.distance(stored, profile.coefficients(stored)) <= most) {
        near = middle;
      } else {
        far = middle;
      }
    }
    return new BigDecimal(near)
        .setScale(DECIMALS, towardsKept)
        .stripTrailingZeros()
        .toPlainString();
  }

  private static NavigableMap<Integer, Path> files(RunDirectory run) throws IOException {
    NavigableMap<Integer, Path> files = new TreeMap<>();
    if (Files.isDirectory(run.emaSnapshots())) {
      try (Stream<Path> entries = Files.list(run.emaSnapshots())) {
        for (Path entry : entries.toList()) {
          Matcher name = FILE.matcher(String.valueOf(entry.getFileName()));
          if (name.matches() && Integer.parseInt(name.group(1)) > 0) {
            files.put(Integer.parseInt(name.group(1)), entry);
          }
        }
      }
    }
    if (files.isEmpty()) {
      throw new BadFileException(
          run.path(), "has no snapshots of averages: haze train --ema-snapshots N keeps them");
    }
    return files;
  }

  /// At most [#MOST] of a list, the last included.
  private static <T> List<T> thinned(List<T> all) {
    int kept = Math.min(all.size(), MOST);
    List<T> some = new ArrayList<>();
    for (int i = 1; i <= kept; i++) {
      some.add(all.get(Spread.at(i, kept, all.size()) - 1));
    }
    return some;
  }

  private static void add(double[] sum, double coefficient, Tensor tensor, Path file)
      throws TensorFileException {
    if (!tensor.shape().equals(Shape.of(sum.length))) {
      throw new TensorFileException(
          file.toString(),
          "has averages of shape " + tensor.shape() + ", expected " + sum.length + " numbers");
    }
    float[] values = tensor.toArray();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += coefficient * values[i];
    }
  }
}
