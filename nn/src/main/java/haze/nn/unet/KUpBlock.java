package haze.nn.unet;

import haze.autograd.Concat;
import haze.autograd.Variable;
import java.util.ArrayList;
import java.util.List;

/// A level on the way up of k-diffusion's networks: the newest skip connection of the level joins
/// the feature maps, the others go unused; then residual blocks, as many as on the way down, of
/// which the last has the channels of the next level; then twice the resolution.
final class KUpBlock extends UNetPart {
  private final List<KResnetBlock> resnets = new ArrayList<>();
  private final Resampling resampling;

  /// @param next channels of the next level
  KUpBlock(Plan plan, int out, int next, boolean last) {
    int layers = plan.config().layersPerBlock();
    int joined = plan.channels() + plan.skips().getFirst();
    for (int i = 0; i < layers; i++) {
      plan.skips().pop();
      resnets.add(
          register(
              "resnets." + i,
              new KResnetBlock(
                  i == 0 ? joined : out,
                  i == layers - 1 ? next : out,
                  out / KDownBlock.GROUP,
                  plan.config())));
    }
    plan.setChannels(next);
    resampling = last ? Resampling.NONE : Resampling.MIRRORED_DOUBLED;
  }

  @Override
  Variable forward(Pass pass, Variable x) {
    Variable h = Concat.apply(pass.tape(), -1, x, pass.skips().getFirst());
    for (KResnetBlock resnet : resnets) {
      pass.skips().pop();
      h = resnet.forward(pass, h);
    }
    return resampling.apply(pass.tape(), h);
  }
}
