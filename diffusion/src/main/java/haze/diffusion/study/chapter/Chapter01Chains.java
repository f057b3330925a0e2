package haze.diffusion.study.chapter;

import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Axis;
import haze.diffusion.figure.LineChart.Legend;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.figure.LineChart.Look;
import haze.diffusion.figure.StateDiagram;
import haze.diffusion.process.MarkovChain;
import haze.diffusion.study.book.Chapter;
import haze.diffusion.study.book.Page;
import haze.diffusion.study.book.Section;
import haze.diffusion.study.book.Table;
import haze.diffusion.study.book.Tolerance;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// # Chains without memory
///
/// A diffusion model is made of two Markov chains. One adds noise to an image until nothing is left
/// of it; the other goes back, and is learned. Images have hundreds of numbers, which hides how
/// little there is to understand about the chains themselves. So we begin with a chain of three
/// states: tomorrow's weather.
///
/// Everything that the later chapters need is here already: what a chain is and what it is not, the
/// distribution after n steps, the distribution in which every start ends, and the first step back.
public final class Chapter01Chains implements Chapter {
  private static final int SUNNY = 0;
  private static final int CLOUDY = 1;
  private static final int RAINY = 2;
  private static final List<String> WEATHER = List.of("sunny", "cloudy", "rainy");

  /// Row i is the distribution of tomorrow's weather if today's is i.
  private static final double[][] TRANSITION = {
    {0.7, 0.2, 0.1},
    {0.3, 0.4, 0.3},
    {0.2, 0.4, 0.4}
  };

  private static final MarkovChain CHAIN = new MarkovChain(TRANSITION);

  @Override
  public List<Section> sections() {
    return List.of(
        new Section("weather", this::weather),
        new Section("memoryless", this::memoryless),
        new Section("withMemory", this::withMemory),
        new Section("widened", this::widened),
        new Section("manyDays", this::manyDays),
        new Section("stationary", this::stationary),
        new Section("oneLongRun", this::oneLongRun),
        new Section("goingBack", this::goingBack),
        new Section("questions", this::questions));
  }

  /// ## Tomorrow's weather
  ///
  /// Each day is sunny, cloudy or rainy. Tomorrow's weather is random, and its probabilities depend
  /// on today's: row $`i`$ of the matrix $`P`$ above has the probabilities $`P_{ij}`$ of tomorrow's
  /// weather $`j`$ if today's is $`i`$. The numbers of a row are not negative and their sum is 1;
  /// no other condition is needed.
  ///
  /// A sequence of days $`x_1, x_2, \dots, x_n`$ that follows a given day $`x_0`$ has the
  /// probability
  ///
  /// ```math
  /// p(x_1, \dots, x_n \mid x_0) = P_{x_0 x_1} P_{x_1 x_2} \cdots P_{x_{n-1} x_n} .
  /// ```
  ///
  /// This product is the definition of a **Markov chain**. From a sunny day on, two more sunny
  /// days, a cloudy and a rainy one have the probability 0.7 · 0.7 · 0.2 · 0.3 = 0.0294.
  ///
  /// [MarkovChain] holds the matrix. We let it run many times from a sunny day, and count how often
  /// these four days come.
  public void weather(Page page) {
    int runs = page.count(200_000, 20_000);
    int[] days = CHAIN.simulate(page.rng(), SUNNY, 5 * runs);
    int begun = 0;
    int same = 0;
    for (int day = 0; day + 4 < days.length; day += 5) {
      if (days[day] == SUNNY) {
        begun++;
        boolean sunny = days[day + 1] == SUNNY && days[day + 2] == SUNNY;
        same += sunny && days[day + 3] == CLOUDY && days[day + 4] == RAINY ? 1 : 0;
      }
    }
    page.check(
        "Of the sunny days, so many are followed by sunny, sunny, cloudy, rainy.",
        (double) same / begun,
        0.7 * 0.7 * 0.2 * 0.3,
        Tolerance.ofShare(0.0294, begun));
    page.figure(
        "The chain as states and arrows: an arrow for each $`P_{ij}`$, thicker the larger it is.",
        new StateDiagram("Tomorrow's weather, given today's", WEATHER, TRANSITION));
  }

  /// ## What memoryless means
  ///
  /// In the product above each factor contains two neighbouring days. Therefore, once today is
  /// known, nothing that came before changes the probabilities of tomorrow:
  ///
  /// ```math
  /// p(x_{n+1} \mid x_n, x_{n-1}, \dots, x_0) = p(x_{n+1} \mid x_n) .
  /// ```
  ///
  /// This is the **Markov property**. It does not say that tomorrow is independent of yesterday:
  /// after a rainy day there are fewer sunny ones for several days. It says that yesterday acts
  /// through today alone.
  ///
  /// So among all rainy days, whatever the day before was, the share that is followed by a sunny
  /// day must be the same: 0.2, the first number of the last row. The days of a chain are not
  /// independent of each other. But given that today is rainy, each tomorrow is a fresh draw; this
  /// is why the tolerance is that of independent draws.
  public void memoryless(Page page) {
    int[] days = CHAIN.simulate(page.rng(), SUNNY, page.count(500_000, 20_000));
    for (int before : List.of(SUNNY, CLOUDY, RAINY)) {
      Share sunny = share(days, before, RAINY, SUNNY);
      page.check(
          "After a %s and a rainy day, the share of sunny ones.".formatted(WEATHER.get(before)),
          sunny.value(),
          0.2,
          sunny.tolerance());
    }
  }

  /// Of the days of some weather after a day of some weather, the share that is followed by a day
  /// of some weather.
  private static Share share(int[] days, int before, int today, int next) {
    int[] chosen =
        IntStream.range(1, days.length - 1)
            .filter(day -> days[day - 1] == before && days[day] == today)
            .toArray();
    long hits = IntStream.of(chosen).filter(day -> days[day + 1] == next).count();
    return new Share((double) hits / chosen.length, chosen.length);
  }

  /// The share of some draws, and how many they are.
  private record Share(double value, int count) {
    Tolerance tolerance() {
      return Tolerance.ofShare(value, count);
    }

    double standardError() {
      return Math.sqrt(value * (1 - value) / count);
    }
  }

  /// ## A process that has a memory
  ///
  /// Not every random process is a chain. Let there be dry and wet days only, and let tomorrow
  /// depend on two days, since a single wet day is often a mere shower:
  ///
  /// | yesterday | today | tomorrow is wet with probability |
  /// |---|---|---|
  /// | dry | dry | 0.2 |
  /// | dry | wet | 0.6 |
  /// | wet | dry | 0.3 |
  /// | wet | wet | 0.8 |
  ///
  /// Take the wet days. If the day before was wet too, the next one is wet with probability 0.8,
  /// else with 0.6. In a Markov chain of days both would be equal, so their difference is a measure
  /// of the memory: 0.2 here, 0 for a chain. We draw the days one by one and count.
  public void withMemory(Page page) {
    int[] days = twoDayWeather(page.rng(), page.count(500_000, 20_000));
    Share afterWet = share(days, WET, WET, WET);
    Share afterDry = share(days, DRY, WET, WET);
    page.check(
        "After two wet days, the share of wet ones.", afterWet.value(), 0.8, afterWet.tolerance());
    page.check("After a dry and a wet day.", afterDry.value(), 0.6, afterDry.tolerance());
    double error = Math.hypot(afterWet.standardError(), afterDry.standardError());
    page.checkAtLeast(
        "The difference, in standard errors of it: the memory is no accident.",
        (afterWet.value() - afterDry.value()) / error,
        10);
  }

  private static final int DRY = 0;
  private static final int WET = 1;

  /// By yesterday and today, the probability that tomorrow is wet.
  private static final double[][] WET_TOMORROW = {{0.2, 0.6}, {0.3, 0.8}};

  private static int[] twoDayWeather(Rng rng, int count) {
    Tensor uniform = rng.uniform(Tensor.zeros(count));
    int[] days = new int[count];
    for (int day = 2; day < count; day++) {
      days[day] = uniform.get(day) < WET_TOMORROW[days[day - 2]][days[day - 1]] ? WET : DRY;
    }
    return days;
  }

  /// ## A wider state makes it a chain
  ///
  /// What tomorrow depends on can be made a part of the state. Let the state be the pair
  /// (yesterday, today), of which there are four. From (dry, wet) the process goes to (wet, wet)
  /// with probability 0.6 and to (wet, dry) with 0.4: the next pair depends on this one alone. So
  /// the pairs are a Markov chain, though the days are not. Nearly every process becomes a chain
  /// this way, if the state has room for all that matters. It is a common step in the mathematics
  /// of random processes, and the reason why "Markov" is a statement about a process *and* what is
  /// called its state.
  ///
  /// After many days the pairs have the probabilities $`\pi = (3.5,\, 1,\, 1,\, 3) / 8.5`$, which
  /// the section on the stationary distribution explains; so 8 of 17 days are wet.
  ///
  /// What does forgetting cost? The chain of single days that fits best knows the right share of
  /// wet days, and how many of them are followed by another: $`\pi_4 / (\pi_2 + \pi_4) = 3/4`$.
  /// Three wet days in a row it takes for $`8/17 \cdot (3/4)^2 = 0.2647`$; the true probability is
  /// $`\pi_4 \cdot 0.8 = 0.2824`$.
  public void widened(Page page) {
    MarkovChain pairs =
        new MarkovChain(
            new double[][] {
              // To dry dry, dry wet, wet dry, wet wet.
              {0.8, 0.2, 0, 0},
              {0, 0, 0.4, 0.6},
              {0.7, 0.3, 0, 0},
              {0, 0, 0.2, 0.8}
            });
    double[] pi = pairs.stationary();
    page.check(
        "The share of wet days, (dry, wet) and (wet, wet).",
        pi[1] + pi[3],
        8.0 / 17,
        Tolerance.DOUBLES);

    int[] states = pairs.simulate(page.rng(), 0, page.count(500_000, 20_000));
    int dryWet = 1;
    int wetWet = 3;
    for (int before : List.of(0, 2)) {
      Share share = share(states, before, dryWet, wetWet);
      page.check(
          "After (%s, dry) and (dry, wet), the share of (wet, wet): no memory is left."
              .formatted(before == 0 ? "dry" : "wet"),
          share.value(),
          0.6,
          share.tolerance());
    }
    page.check("Three wet days in a row, truly.", pi[wetWet] * 0.8, 0.2824, Tolerance.digits(4));
    double stays = pi[wetWet] / (pi[dryWet] + pi[wetWet]);
    page.check(
        "Three wet days in a row, by the best chain of single days.",
        (pi[dryWet] + pi[wetWet]) * stays * stays,
        0.2647,
        Tolerance.digits(4));
  }

  /// ## In n days
  ///
  /// What will the weather be the day after tomorrow? Every path over the day between counts: from
  /// sunny to sunny in two days the probability is $`0.7 \cdot 0.7 + 0.2 \cdot 0.3 + 0.1 \cdot 0.2
  /// = 0.57`$. This is an element of the matrix product $`P P`$, and so on: the distribution after
  /// $`n`$ days is the first day's times $`P^n`$, and m days after n days are m + n days, $`P^{m+n}
  /// = P^n P^m`$ (the equation of Chapman and Kolmogorov).
  ///
  /// The distributions after a sunny and after a rainy day become alike. Half the sum of the
  /// absolute differences of their probabilities, the **total variation distance**, falls by the
  /// same factor each day in the end: the second largest eigenvalue of $`P`$. The eigenvalues of
  /// $`P`$ are 1 and the solutions of $`\lambda^2 - 0.5 \lambda + 0.02 = 0`$, so the factor is
  /// $`0.25 + \sqrt{0.0425} = 0.456`$. A chain like this forgets where it began, and quickly.
  public void manyDays(Page page) {
    page.check("From sunny to sunny in two days.", after(SUNNY, 2)[SUNNY], 0.57, Tolerance.DOUBLES);
    double[] fiveAndThree = CHAIN.distribution(after(RAINY, 5), 3);
    page.check(
        "From rainy in 5 days and then 3 days, the distance from 8 days.",
        distance(fiveAndThree, after(RAINY, 8)),
        0,
        Tolerance.DOUBLES);
    Table table = new Table("n", "sunny", "cloudy", "rainy", "sunny", "cloudy", "rainy");
    for (int n : List.of(0, 1, 2, 3, 5, 10)) {
      double[] s = after(SUNNY, n);
      double[] r = after(RAINY, n);
      table.row(n, s[0], s[1], s[2], r[0], r[1], r[2]);
    }
    page.table("The weather in n days: if today is sunny, and if today is rainy.", table);
    page.check(
        "The factor by which the distance falls on day 20.",
        distance(after(SUNNY, 20), after(RAINY, 20)) / distance(after(SUNNY, 19), after(RAINY, 19)),
        0.25 + Math.sqrt(0.0425),
        new Tolerance(1e-8, "the distances are of size 1e-7, with 16 digits after the point"));
    double[] n = IntStream.rangeClosed(0, 15).asDoubleStream().toArray();
    page.figure(
        "How far apart the weather after a sunny and after a rainy day is. The grey line falls by"
            + " the second largest eigenvalue a day.",
        new LineChart(
                "The chain forgets where it began",
                Axis.linear("days from today"),
                Axis.log("total variation distance"),
                Legend.TOP_RIGHT,
                List.of(
                    new Line(
                        "0.456 to the power n", n, map(n, k -> Math.pow(0.456155, k)), Look.GUIDE),
                    new Line(
                        "distance",
                        n,
                        map(n, k -> distance(after(SUNNY, (int) k), after(RAINY, (int) k))),
                        Look.MARKED)))
            .sized(1100, 520));
  }

  /// The distribution some days after a day.
  private static double[] after(int today, int days) {
    double[] initial = new double[WEATHER.size()];
    initial[today] = 1;
    return CHAIN.distribution(initial, days);
  }

  /// The total variation distance.
  private static double distance(double[] p, double[] q) {
    return IntStream.range(0, p.length).mapToDouble(i -> Math.abs(p[i] - q[i])).sum() / 2;
  }

  private static double[] map(double[] x, DoubleUnaryOperator f) {
    return DoubleStream.of(x).map(f).toArray();
  }

  /// ## The distribution in which every start ends
  ///
  /// If the distribution after many days is the same for every start, then one day more does not
  /// change it:
  ///
  /// ```math
  /// \pi = \pi P .
  /// ```
  ///
  /// Such a $`\pi`$ is called **stationary**. For the weather it is $`\pi = (6, 4, 3) / 13`$; check
  /// the first number: $`(6 \cdot 0.7 + 4 \cdot 0.3 + 3 \cdot 0.2) / 13 = 6 / 13`$. On 6 of 13 days
  /// the sun shines, whatever the weather is today.
  ///
  /// Diffusion is built on exactly this. Its chain, too, forgets where it began, an image; and its
  /// stationary distribution is known from the start, the normal distribution N(0, I) of pure
  /// noise. Not every chain has a single stationary distribution (two states that are never left
  /// have two), and [MarkovChain#stationary] refuses those of which it cannot be sure.
  public void stationary(Page page) {
    double[] pi = CHAIN.stationary();
    page.check("Sunny.", pi[SUNNY], 6.0 / 13, Tolerance.DOUBLES);
    page.check("Cloudy.", pi[CLOUDY], 4.0 / 13, Tolerance.DOUBLES);
    page.check("Rainy.", pi[RAINY], 3.0 / 13, Tolerance.DOUBLES);
    page.check(
        "One more day changes nothing.",
        distance(CHAIN.distribution(pi, 1), pi),
        0,
        Tolerance.DOUBLES);
    for (int today : List.of(SUNNY, CLOUDY, RAINY)) {
      page.check(
          "The distance from it 50 days after a %s day.".formatted(WEATHER.get(today)),
          distance(after(today, 50), pi),
          0,
          Tolerance.DOUBLES);
    }
  }

  /// ## One long run
  ///
  /// The stationary distribution has a second meaning: over one long run, it is the share of days
  /// that each state takes. So there are two methods to estimate it: many runs of 30 days of which
  /// only the last day counts, or all days of a single run.
  ///
  /// Their errors differ. The ends of separate runs are independent. Days of one run are not: a
  /// sunny day makes the next ones more likely to be sunny, so $`n`$ of them tell less than $`n`$
  /// independent ones. For this chain, whose largest eigenvalue besides 1 is $`\lambda = 0.456`$,
  /// the variance of a share is larger at most by the factor $`(1 + \lambda) / (1 - \lambda) =
  /// 2.68`$, and the tolerance below has its root.
  public void oneLongRun(Page page) {
    double[] pi = CHAIN.stationary();
    int days = page.count(1_000_000, 20_000);
    int[] oneRun = CHAIN.simulate(page.rng(), SUNNY, days);
    double lambda = 0.25 + Math.sqrt(0.0425);
    page.check(
        "The factor of the variance.", (1 + lambda) / (1 - lambda), 2.68, Tolerance.digits(2));
    int runs = page.count(30_000, 1_000);
    int[] lastDays =
        IntStream.range(0, runs).map(_ -> CHAIN.simulate(page.rng(), SUNNY, 30)[30]).toArray();
    for (int state : List.of(SUNNY, CLOUDY, RAINY)) {
      Tolerance independent = Tolerance.ofShare(pi[state], days);
      page.check(
          "The share of %s days in one run.".formatted(WEATHER.get(state)),
          share(oneRun, state),
          pi[state],
          new Tolerance(
              independent.size() * Math.sqrt((1 + lambda) / (1 - lambda)),
              independent.reason() + ", wider because neighbouring days are alike"));
      page.check(
          "The share of %s last days of runs of 30 days.".formatted(WEATHER.get(state)),
          share(lastDays, state),
          pi[state],
          Tolerance.ofShare(pi[state], runs));
    }
  }

  private static double share(int[] days, int state) {
    return (double) IntStream.of(days).filter(day -> day == state).count() / days.length;
  }

  /// ## The first step back
  ///
  /// Today is rainy. What was yesterday? Bayes' rule answers, if we know what the weather was on
  /// some day $`x_0`$ before. With $`q`$ for the chain's probabilities,
  ///
  /// ```math
  /// q(x_{n-1} \mid x_n, x_0)
  ///     = \frac{q(x_n \mid x_{n-1}) \, q(x_{n-1} \mid x_0)}{q(x_n \mid x_0)} .
  /// ```
  ///
  /// The first factor should be $`q(x_n \mid x_{n-1}, x_0)`$; the Markov property lets us drop
  /// $`x_0`$ from it. All three factors are known, the last two from the section on n days. In
  /// chapter 3 the same line stands for images, with normal distributions in the place of the
  /// matrix.
  ///
  /// The start matters. If day 0 was sunny, then before a rainy day 2 it was rainy with probability
  /// $`0.1 \cdot 0.4 / (0.7 \cdot 0.1 + 0.2 \cdot 0.3 + 0.1 \cdot 0.4) = 4/17`$. After many days
  /// the start is forgotten, and $`q(x_{n-1} \mid x_0)`$ becomes $`\pi`$: then it is $`3 \cdot 0.4
  /// / 3 = 0.4`$. And **without** $`x_0`$ there is no answer at all, until somebody says how likely
  /// each start is. For images that would be the distribution of all images. Nobody has it; the
  /// whole rest of the book is about learning it.
  public void goingBack(Page page) {
    page.check(
        "Rainy before a rainy day 2, if day 0 was sunny.",
        before(RAINY, 2)[RAINY],
        4.0 / 17,
        Tolerance.DOUBLES);
    page.check("Rainy before a rainy day 100.", before(RAINY, 100)[RAINY], 0.4, Tolerance.DOUBLES);

    int runs = page.count(100_000, 5_000);
    int[] days = CHAIN.simulate(page.rng(), SUNNY, 3 * runs);
    int rainyTwice = 0;
    int rainy = 0;
    for (int day = 0; day + 2 < days.length; day += 3) {
      if (days[day] == SUNNY && days[day + 2] == RAINY) {
        rainy++;
        rainyTwice += days[day + 1] == RAINY ? 1 : 0;
      }
    }
    page.check(
        "The same counted: of the rainy days two days after a sunny one, the share with a rainy day"
            + " between.",
        (double) rainyTwice / rainy,
        4.0 / 17,
        Tolerance.ofShare(4.0 / 17, rainy));
  }

  /// The distribution of the day before a day n, if day 0 was sunny.
  private static double[] before(int dayN, int n) {
    double[] prior = after(SUNNY, n - 1);
    double evidence = after(SUNNY, n)[dayN];
    return IntStream.range(0, prior.length)
        .mapToDouble(i -> TRANSITION[i][dayN] * prior[i] / evidence)
        .toArray();
  }

  /// ## Three questions
  ///
  /// Think first; each answer is below its question.
  public void questions(Page page) {
    page.question(
        "Today is rainy. With what probability is the day after tomorrow sunny?",
        "Over sunny, cloudy and rainy days between: 0.2 · 0.7 + 0.4 · 0.3 + 0.4 · 0.2 = 0.34.",
        after(RAINY, 2)[SUNNY],
        0.34,
        Tolerance.DOUBLES);
    page.question(
        "A person goes to the left or to the right by one step, each with probability 0.5, but"
            + " never twice in the same direction. The place alone is no Markov chain. How many"
            + " numbers must the state have to make it one, and what is known of the next step"
            + " then?",
        "Two: the place and the last direction. Then the next step is certain, with probability 1.",
        new MarkovChain(new double[][] {{0, 1}, {1, 0}}).distribution(new double[] {1, 0}, 1)[1],
        1,
        Tolerance.DOUBLES);
    page.question(
        "Someone reports the weather of day 30 but not that of day 0. How much does day 0 matter"
            + " for it: how far apart are the distributions of day 30 after a sunny and after a"
            + " rainy start?",
        "By less than 1e-10, about 0.6 times 0.456 to the power 30: day 30 tells nothing about day"
            + " 0 any more. This is why the end of a diffusion is pure noise, whatever the image"
            + " was.",
        distance(after(SUNNY, 30), after(RAINY, 30)),
        0,
        new Tolerance(1e-10, "what is left of the start"));
  }
}
