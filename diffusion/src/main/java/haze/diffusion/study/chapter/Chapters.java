package haze.diffusion.study.chapter;

import haze.diffusion.study.book.Chapter;
import java.util.List;

/// The chapters of the book in their order: a new one is a file and a row.
public final class Chapters {
  /// The first is chapter 1.
  public static final List<Chapter> ALL =
      List.of(
          new Chapter01Chains(),
          new Chapter02AddingNoise(),
          new Chapter03GoingBack(),
          new Chapter04Normal(),
          new Chapter05Bound(),
          new Chapter06Terms(),
          new Chapter07Losses(),
          new Chapter08Tape(),
          new Chapter09Limit(),
          new Chapter10Network(),
          new Chapter11Training(),
          new Chapter12Sampling(),
          new Chapter13DifferentialEquation(),
          new Chapter14GaussianProcess(),
          new Chapter15Quality());

  private Chapters() {}
}
