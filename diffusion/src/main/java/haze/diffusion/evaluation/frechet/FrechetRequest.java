package haze.diffusion.evaluation.frechet;

import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SampleRequest;

/// Which samples are compared with which real images, see [FrechetEvaluation].
///
/// @param data the real images
/// @param samples which samples to draw, at least 2: a single one has no covariances
public record FrechetRequest(FrechetData data, SampleRequest samples) {
  /// Checks what can be checked without a model.
  ///
  /// @throws RequestException if there are fewer than 2 samples
  public FrechetRequest {
    RequestException.requireAtLeast("count", samples.count(), 2);
  }
}
