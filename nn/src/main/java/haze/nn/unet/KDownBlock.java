package haze.nn.unet;

import haze.autograd.Variable;
import java.util.ArrayList;
import java.util.List;

/// A level on the way down of k-diffusion's networks: residual blocks, whose outputs are skip
/// connections, then half the resolution.
final class KDownBlock extends UNetPart {
  /// Channels of a group of all normalisations.
  static final int GROUP = 32;

  private final List<KResnetBlock> resnets = new ArrayList<>();
  private final Resampling resampling;

  KDownBlock(Plan plan, int out, boolean last) {
    for (int i = 0; i < plan.config().layersPerBlock(); i++) {
      resnets.add(
          register(
              "resnets." + i, new KResnetBlock(plan.channels(), out, out / GROUP, plan.config())));
      plan.setChannels(out);
      plan.skips().push(out);
    }
    resampling = last ? Resampling.NONE : Resampling.MIRRORED_HALVED;
  }

  @Override
  Variable forward(Pass pass, Variable x) {
    Variable h = x;
    for (KResnetBlock resnet : resnets) {
      h = resnet.forward(pass, h);
      pass.skips().push(h);
    }
    return resampling.apply(pass.tape(), h);
  }
}
