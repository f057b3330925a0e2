package haze.diffusion.editing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.diffusion.figure.Output;
import haze.diffusion.pipeline.NotFiniteException;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.PipelineGolden;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SamplerChoice;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.sampler.ProgressListener;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// Edits as a program makes them, with an untrained network; what they mean is tested through the
/// command line.
class ImageEditingTest {
  private static final Pipeline MODEL =
      PipelineGolden.untrained(PipelineGolden.TINY, PipelineGolden.SHORT);
  private static final Tensor A = image(0);
  private static final Tensor B = image(1);

  private static final Map<String, Function<ImageEditing, Output>> EDITS =
      Map.of(
          "interpolate", editing -> editing.interpolate(A, B, 3, OptionalInt.of(10)),
          "interpolateEncodings", editing -> editing.interpolateEncodings(A, B, 3, 2),
          "inpaint", editing -> editing.inpaint(A, MaskRegion.Named.MIDDLE, 3, 2),
          "denoise", editing -> editing.denoise(A, 10, 3),
          "denoiseNoisy", editing -> editing.denoiseNoisy(A, 10, 3),
          "encode", editing -> editing.encode(List.of(A, B), 2));

  private static Tensor image(int number) {
    return new Rng(1, 2, 3, number).uniform(Tensor.zeros(1, 8, 8, 1));
  }

  private static Output edit(Function<ImageEditing, Output> edit, long seed, int threads) {
    try (Workers workers = new Workers(threads)) {
      return edit.apply(
          new ImageEditing(
              MODEL, SamplerChoice.DEFAULT, seed, workers, EditListener.NONE, Conditioning.NONE));
    }
  }

  @Test
  void anInpaintingIsAncestralUnlessAnotherSamplerIsChosen() {
    Pipeline solver =
        PipelineGolden.untrained(
            PipelineGolden.TINY, PipelineGolden.SHORT.as(SamplerKind.DPM_SOLVER));
    Map<SamplerChoice, String> samplers =
        Map.of(SamplerChoice.DEFAULT, "ddpm", SamplerChoice.DEFAULT.kind(SamplerKind.DDIM), "ddim");
    try (Workers workers = new Workers(1)) {
      samplers.forEach(
          (choice, name) -> {
            var editing =
                new ImageEditing(solver, choice, 0, workers, EditListener.NONE, Conditioning.NONE);
            assertEquals(
                name, editing.inpaint(A, MaskRegion.Named.MIDDLE, 1, 1).metadata().get("sampler"));
          });
    }
  }

  @Test
  void theSeedDecidesAndNotTheThreads() {
    EDITS.forEach(
        (name, edit) -> {
          Output one = edit(edit, 3, 1);
          Output two = edit(edit, 3, 2);
          assertEquals(one.tensors().keySet(), two.tensors().keySet());
          one.tensors()
              .forEach((n, tensor) -> assertArrayEquals(tensor.toArray(), two.tensor(n).toArray()));
          assertEquals("3", one.metadata().get("seed"));
          if (!name.equals("interpolateEncodings") && !name.equals("encode")) {
            assertFalse(
                Arrays.equals(
                    one.tensor("images").toArray(), edit(edit, 4, 1).tensor("images").toArray()),
                name);
          }
        });
  }

  @Test
  void phasesAreCountedToTheirEnd() {
    List<String> heard = new ArrayList<>();
    EditListener listener =
        new EditListener() {
          @Override
          public ProgressListener phase(String name, int steps, double images) {
            heard.add(name + " of " + Math.round(images));
            return (done, total) -> {
              assertEquals(steps, total);
              if (done == total) {
                heard.add(name + " " + done);
              }
            };
          }

          @Override
          public void note(String line) {
            heard.add(line.replaceFirst(":.*", ""));
          }
        };
    try (Workers workers = new Workers(1)) {
      ImageEditing editing =
          new ImageEditing(
              MODEL, SamplerChoice.DEFAULT.steps(5), 0, workers, listener, Conditioning.NONE);
      editing.interpolateEncodings(A, B, 3, 2);
      assertEquals(
          List.of("encode of 2", "encode 10", "denoise of 3", "denoise 5"), List.copyOf(heard));
      heard.clear();
      // Of the timesteps 17, 13, 9, 5 and 1 those from 9 on.
      editing.denoise(A, 10, 4);
      assertEquals(List.of("timestep 13 of 20", "denoise of 4", "denoise 4"), heard);
      heard.clear();
      editing.inpaint(A, MaskRegion.parse("0,0,2,2"), 3, 2);
      assertEquals(List.of("warning", "sample of 3", "sample 5"), heard);
    }
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    assertRefused(
        "count is 1, expected at least 2", e -> e.interpolate(A, B, 1, OptionalInt.empty()));
    assertRefused("count is 1, expected at least 2", e -> e.interpolateEncodings(A, B, 1, 1));
    assertRefused("rounds is 0, expected at least 1", e -> e.interpolateEncodings(A, B, 2, 0));
    assertRefused("rounds is 0, expected at least 1", e -> e.encode(List.of(A), 0));
    assertRefused("image is 0, expected at least 1", e -> e.encode(List.of(), 1));
    assertRefused("t is 21, expected 0 to 20", e -> e.denoise(A, 21, 1));
    assertRefused("t is -1, expected 0 to 20", e -> e.denoiseNoisy(A, -1, 1));
    assertRefused("count is 0, expected at least 1", e -> e.denoise(A, 2, 0));
    assertRefused(
        "hole is 0,0,9,1, but the image is 8 x 8",
        e -> e.inpaint(A, MaskRegion.parse("0,0,9,1"), 1, 1));
    assertRefused(
        "image has the shape [1, 4, 16, 1], but the model's have [1, 8, 8, 1]",
        e -> e.denoise(A.reshape(1, 4, 16, 1), 2, 1));
    try (Workers workers = new Workers(1)) {
      ImageEditing heun =
          new ImageEditing(
              MODEL,
              SamplerChoice.DEFAULT.kind(SamplerKind.HEUN),
              0,
              workers,
              EditListener.NONE,
              Conditioning.NONE);
      assertEquals(
          "sampler is heun, but only the steps of ddim, euler and flow lead back to an encoding",
          assertThrows(RequestException.class, () -> heun.encode(List.of(A), 1)).getMessage());
    }
  }

  private static void assertRefused(String message, Function<ImageEditing, Output> edit) {
    assertEquals(
        message, assertThrows(RequestException.class, () -> edit(edit, 0, 1)).getMessage());
  }

  @Test
  void damagedWeightsAreNamed() {
    Pipeline damaged = PipelineGolden.untrained(PipelineGolden.TINY, PipelineGolden.SHORT);
    damaged.unet().parameters().get("conv_out.bias").value().fill(Float.NaN);
    try (Workers workers = new Workers(1)) {
      ImageEditing editing =
          new ImageEditing(
              damaged, SamplerChoice.DEFAULT, 0, workers, EditListener.NONE, Conditioning.NONE);
      EDITS
          .values()
          .forEach(edit -> assertThrows(NotFiniteException.class, () -> edit.apply(editing)));
    }
  }

  @Test
  void aMaskIsOneWhereTheImageIsKept() {
    Shape image = Shape.of(2, 2, 3);
    float[] mask = MaskRegion.parse("1,0,2,1").mask(image).toArray();
    assertArrayEquals(new float[] {1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1}, mask);
    Tensor grey = Tensor.of(Shape.of(1, 2, 2, 1), -1, 1, 0, 0.5f);
    assertArrayEquals(
        new float[] {1, 1, 1, 0, 0, 0, 0.5f, 0.5f, 0.5f, 0.25f, 0.25f, 0.25f},
        new MaskRegion.Grey(grey).mask(image).toArray());
    for (MaskRegion.Named named : MaskRegion.Named.values()) {
      String name = named.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
      assertEquals(named, MaskRegion.parse(name));
      assertEquals(true, MaskRegion.NAMES.contains(name), name);
    }
  }
}
