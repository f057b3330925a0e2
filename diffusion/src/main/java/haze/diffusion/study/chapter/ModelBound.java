package haze.diffusion.study.chapter;

import haze.diffusion.data.Mnist;
import haze.diffusion.evaluation.bound.BoundEvaluation;
import haze.diffusion.evaluation.bound.BoundRequest;
import haze.diffusion.evaluation.bound.BoundResult;
import haze.diffusion.sampler.ProgressListener;
import haze.diffusion.study.book.Page;
import java.io.IOException;

/// The variational bound of the page's model on MNIST's test digits.
final class ModelBound {
  private ModelBound() {}

  /// {@return the bound, of few images, each at few timesteps}
  static BoundResult measure(Page page) throws IOException {
    return new BoundEvaluation(page.model())
        .run(
            BoundRequest.of(Mnist.test())
                .title("MNIST's test digits")
                .images(page.count(24, 2))
                .timesteps(page.count(40, 12)),
            page.workers(),
            ProgressListener.NONE);
  }
}
