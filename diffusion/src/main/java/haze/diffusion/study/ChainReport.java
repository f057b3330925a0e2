package haze.diffusion.study;

import haze.diffusion.figure.Figure;
import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Axis;
import haze.diffusion.figure.LineChart.Legend;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.figure.LineChart.Look;
import haze.diffusion.figure.StateDiagram;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.process.MarkovChain;
import haze.tensor.Rng;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// Shows what a Markov chain is by the smallest example: tomorrow's weather, which depends on
/// today's and on nothing before.
///
/// @param days the weather of many days, each 0 sunny, 1 cloudy or 2 rainy
@SuppressWarnings("ArrayRecordComponent") // Made here and only read.
public record ChainReport(int... days) {
  static final int SUNNY = 0;
  static final int RAINY = 2;

  private static final double[][] TRANSITION = {{0.7, 0.2, 0.1}, {0.3, 0.4, 0.3}, {0.2, 0.4, 0.4}};

  /// The chain of [MarkovChain]'s documentation.
  static final MarkovChain WEATHER = new MarkovChain(TRANSITION);

  private static final List<String> STATES = List.of("sunny", "cloudy", "rainy");

  /// The purpose of the random numbers, see [Rng]: the letters "DAYS".
  private static final int DAYS_PURPOSE = 0x44415953;

  /// After so many days the distributions differ from the stationary one by less than the width of
  /// a line.
  private static final int SHOWN_DAYS = 12;

  private static final int MOST_DAYS = 10_000_000;
  private static final int CHART_WIDTH = 900;
  private static final int CHART_HEIGHT = 640;
  private static final List<Integer> TABLE_DAYS = List.of(0, 1, 2, 3, 5, 10, 20);

  /// Simulates days from a sunny one on.
  ///
  /// @param count how many, 1 to 10,000,000: they are in memory
  /// @throws RequestException if they are not so many
  public static ChainReport simulate(int count, long seed) {
    if (count < 1 || count > MOST_DAYS) {
      throw new RequestException("days", "is " + count + ", expected 1 to " + MOST_DAYS);
    }
    return new ChainReport(WEATHER.simulate(new Rng(seed, DAYS_PURPOSE, 0, 0), SUNNY, count));
  }

  /// How many of some days are sunny.
  ///
  /// @param sunny of them
  /// @param days all of them
  record Share(int sunny, int days) {
    double value() {
      return (double) sunny / days;
    }

    /// The standard error of [#value]: `sqrt(p (1 - p) / n)`.
    double error() {
      return Math.sqrt(value() * (1 - value()) / days);
    }
  }

  /// The share of sunny days after a rainy one.
  ///
  /// @param before the weather of the day before the rainy one, or -1 for any
  Share sunnyAfterRain(int before) {
    int sunny = 0;
    int all = 0;
    for (int day = 1; day + 1 < days.length; day++) {
      if (days[day] == RAINY && (before < 0 || days[day - 1] == before)) {
        all++;
        sunny += days[day + 1] == SUNNY ? 1 : 0;
      }
    }
    return new Share(sunny, all);
  }

  /// The share of days of a state.
  double frequency(int state) {
    long count = IntStream.of(days).skip(1).filter(day -> day == state).count();
    return (double) count / (days.length - 1);
  }

  /// The distribution of the weather some days after one.
  ///
  /// @param first the weather of that day
  private static double[] distribution(int first, int days) {
    double[] initial = new double[STATES.size()];
    initial[first] = 1;
    return WEATHER.distribution(initial, days);
  }

  /// {@return the matrix, the distributions of the days to come, and the Markov property, counted}
  public String text() {
    StringBuilder text = new StringBuilder("Tomorrow's weather, if today is\n");
    row(text, "", STATES.toArray());
    for (int i = 0; i < STATES.size(); i++) {
      row(text, STATES.get(i), numbers(distribution(i, 1)));
    }
    text.append("\nThe weather in n days, if today is sunny, and if today is rainy\n");
    row(text, "n", "sunny", "cloudy", "rainy", "sunny", "cloudy", "rainy");
    for (int n : TABLE_DAYS) {
      row(
          text,
          Integer.toString(n),
          concat(numbers(distribution(SUNNY, n)), numbers(distribution(RAINY, n))));
    }
    text.append(
        "Both forget where they began. The stationary distribution, which a day leaves as it"
            + " is:\n");
    row(text, "", numbers(WEATHER.stationary()));
    text.append(String.format(Locale.ROOT, "%nObserved on %d simulated days:%n", days.length - 1));
    row(
        text,
        "",
        numbers(IntStream.range(0, STATES.size()).mapToDouble(this::frequency).toArray()));
    return text.append(memory()).toString();
  }

  /// The Markov property, counted.
  private String memory() {
    StringBuilder text =
        new StringBuilder(
            "\n"
                + "No memory: a rainy day is followed by a sunny one as often, whatever came before"
                + " it\n");
    row(text, "before", "share", "error", "sunny", "of days");
    for (int before = 0; before < STATES.size(); before++) {
      share(text, STATES.get(before), sunnyAfterRain(before));
    }
    share(text, "any", sunnyAfterRain(-1));
    return text.append(
            String.format(
                Locale.ROOT,
                "The matrix says %.3f for all of them; the error is the standard error of the"
                    + " share.%n",
                distribution(RAINY, 1)[SUNNY]))
        .toString();
  }

  private static void share(StringBuilder text, String before, Share share) {
    if (share.days == 0) {
      row(text, before, "-", "-", "0", "0");
    } else {
      row(
          text,
          before,
          number(share.value()),
          number(share.error()),
          Integer.toString(share.sunny),
          Integer.toString(share.days));
    }
  }

  private static void row(StringBuilder text, String first, Object... cells) {
    text.append(String.format("%8s", first));
    for (Object cell : cells) {
      text.append(String.format("  %7s", cell));
    }
    text.append(System.lineSeparator());
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  private static Object[] numbers(double[] distribution) {
    return IntStream.range(0, distribution.length).mapToObj(i -> number(distribution[i])).toArray();
  }

  private static Object[] concat(Object[] one, Object[] other) {
    List<Object> all = new ArrayList<>(List.of(one));
    all.addAll(List.of(other));
    return all.toArray();
  }

  /// The chain as states and arrows, and beside it the distributions after a sunny and after a
  /// rainy day, which become the same.
  public Figure figure() {
    return new StateDiagram("Tomorrow's weather, given today's", STATES, TRANSITION)
        .beside(chart().sized(CHART_WIDTH, CHART_HEIGHT));
  }

  /// A colour is tomorrow's weather, solid after a sunny day and dashed after a rainy one.
  static LineChart chart() {
    double[] days = IntStream.rangeClosed(0, SHOWN_DAYS).asDoubleStream().toArray();
    List<Line> lines = new ArrayList<>();
    double[] stationary = WEATHER.stationary();
    // One line with gaps, so that the legend names it once.
    lines.add(
        new Line(
            "stationary distribution",
            new double[] {0, SHOWN_DAYS, Double.NaN, 0, SHOWN_DAYS, Double.NaN, 0, SHOWN_DAYS},
            new double[] {
              stationary[0],
              stationary[0],
              0,
              stationary[1],
              stationary[1],
              0,
              stationary[2],
              stationary[2]
            },
            Look.GUIDE));
    for (int first : List.of(SUNNY, RAINY)) {
      for (int i = 0; i < STATES.size(); i++) {
        int state = i;
        lines.add(
            new Line(
                STATES.get(state) + ", if today is " + STATES.get(first),
                days,
                IntStream.rangeClosed(0, SHOWN_DAYS)
                    .mapToDouble(n -> distribution(first, n)[state])
                    .toArray(),
                first == SUNNY ? Look.PLAIN : Look.DASHED,
                state));
      }
    }
    return new LineChart(
        "The weather in n days forgets today's",
        Axis.linear("days from today"),
        Axis.linear("probability").within(0, 1),
        Legend.TOP_RIGHT,
        lines);
  }
}
