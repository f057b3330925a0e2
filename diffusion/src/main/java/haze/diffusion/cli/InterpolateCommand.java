package haze.diffusion.cli;

import haze.diffusion.data.ImageArgument;
import haze.diffusion.editing.Interpolation;
import haze.diffusion.figure.ImageGrid.Block;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.sampler.Sampler;
import haze.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `haze interpolate`: pictures between two pictures.
@Command(
    name = "interpolate",
    description =
        "Goes from one picture to another in a row of pictures, as the model imagines them.",
    footer = {
      "",
      "The picture shows: from | the row | to. Tensors in .safetensors: from, images (all of .npy),"
          + " to.",
      "The ends of the row are the given pictures as the model sees them after the way there and"
          + " back."
    })
final class InterpolateCommand extends EditCommand {
  /// The noise that pictures get, as a share of the power: enough for strokes to move, too little
  /// to forget the digits.
  private static final double USUAL_NOISE = 0.8;

  private static final int ENDS = 2;

  enum Way {
    NOISE,
    ENCODING
  }

  @Option(
      names = "--from",
      paramLabel = IMAGE,
      required = true,
      description = "where the row begins: " + ImageArgument.FORMS)
  private String from;

  @Option(names = "--to", paramLabel = IMAGE, required = true, description = "where it ends")
  private String to;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "10",
      description = "pictures of the row (default: ${DEFAULT-VALUE})")
  private int count;

  @Option(
      names = "--by",
      paramLabel = "noise|encoding",
      defaultValue = "noise",
      description = {
        "noise: both get the same noise, straight line, and back (Ho et al. 2020),",
        "encoding: both are encoded as by haze encode, arc, and back (Song et al. 2021)",
        "(default: ${DEFAULT-VALUE})"
      })
  private Way by;

  @Option(
      names = "--t",
      paramLabel = "N",
      description =
          "for noise: up to which timestep; the more, the more is the model's"
              + " (default: where noise has four fifths of the power)")
  private @Nullable Integer t;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description =
          "for encoding: as for haze encode (default: " + EncodeCommand.USUAL_ROUNDS + ")")
  private @Nullable Integer rounds;

  @SuppressWarnings("NullAway.Init") // picocli sets them.
  InterpolateCommand() {
    super("interpolation");
  }

  @Override
  void check() {
    model.requireAtLeast("--count", count, ENDS);
    model.requireAtLeast("--rounds", rounds, 1);
    if (by == Way.ENCODING && t != null) {
      throw model.wrongUsage("--t is for --by noise, an encoding goes all of the way");
    }
    if (by == Way.NOISE && rounds != null) {
      throw model.wrongUsage("--rounds is for --by encoding");
    }
  }

  @Override
  SamplerKind kind(SchedulerConfig scheduler) {
    SamplerKind kind = way.smoothKind(scheduler);
    if (by == Way.ENCODING) {
      way.requireInvertible(kind);
    }
    return kind;
  }

  @Override
  SchedulerConfig adapted(SchedulerConfig scheduler) {
    return by == Way.ENCODING ? scheduler.withoutClipping() : scheduler;
  }

  @Override
  long images() {
    return (long) count + ENDS;
  }

  @Override
  Samples.Made make(Studio studio, Sampler sampler) throws IOException {
    Tensor first = studio.read(from);
    Tensor last = studio.read(to);
    Tensor row =
        switch (by) {
          case NOISE -> byNoise(studio, sampler, first, last);
          case ENCODING -> byEncoding(studio, sampler, first, last);
        };
    return new Samples.Made(
        "images",
        Map.of("from", first, "images", row, "to", last),
        List.of(new Block(first, 1), new Block(row, count), new Block(last, 1)));
  }

  private Tensor byNoise(Studio studio, Sampler sampler, Tensor first, Tensor last)
      throws IOException {
    int step = t == null ? sampler.schedule().stepAt(USUAL_NOISE) : studio.step(sampler, t);
    studio.tell(sampler, step);
    // One batch of one after the other, so that both get the noise of the first image.
    Tensor row =
        Interpolation.linear(
            studio.addNoise(sampler, first, step), studio.addNoise(sampler, last, step), count);
    return studio.denoise(sampler, row, step);
  }

  private Tensor byEncoding(Studio studio, Sampler sampler, Tensor first, Tensor last)
      throws IOException {
    Tensor encodings =
        studio.encode(
            sampler,
            Studio.join(first, last),
            rounds == null ? EncodeCommand.USUAL_ROUNDS : rounds);
    return studio.denoise(
        sampler, Interpolation.spherical(encodings.slice(0, 1), encodings.slice(1, 1), count), 0);
  }
}
