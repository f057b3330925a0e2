package haze.nn.unet;

import java.util.ArrayDeque;
import java.util.Deque;

/// What the parts of a network share while it is made: the counterpart of [Pass], with numbers of
/// channels in the place of feature maps.
final class Plan {
  private final UNetConfig config;
  private final Deque<Integer> skips = new ArrayDeque<>();
  private int channels;

  Plan(UNetConfig config) {
    this.config = config;
    channels = config.blockOutChannels().getFirst();
  }

  UNetConfig config() {
    return config;
  }

  /// The channels of the skip connections.
  Deque<Integer> skips() {
    return skips;
  }

  /// The channels of the feature maps at this place.
  int channels() {
    return channels;
  }

  void setChannels(int next) {
    channels = next;
  }
}
