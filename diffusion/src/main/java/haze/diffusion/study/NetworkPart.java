package haze.diffusion.study;

import haze.autograd.ConvolutionOp;
import haze.autograd.LinearOp;
import haze.autograd.Operation;
import haze.autograd.Variable;
import haze.nn.Parameter;
import haze.nn.unet.UNet;
import haze.tensor.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A part of a U-Net that convolves or attends, as it was seen to run: a block, a change of
/// resolution, or a layer that stands alone.
///
/// @param name as in the names of its parameters, such as `down_blocks.0.resnets.0`
/// @param in the shape of its first layer's input, without the axis of images
/// @param out the shape of its last layer's output, without the axis of images
/// @param parameters how many it has, those of its layer for the timestep included
/// @param multiplyAdds of its convolutions and linear layers for one image
public record NetworkPart(String name, Shape in, Shape out, long parameters, long multiplyAdds) {
  private static final Pattern BLOCK =
      Pattern.compile("(.*(resnets|attentions|downsamplers|upsamplers)\\.\\d+)\\..*");

  /// {@return the parts of a network in the order in which they ran; layers for the timestep alone
  /// are left out}
  ///
  /// @param operations of a forward pass for which the network's parameters were watched, see
  ///   [haze.autograd.Tape#operations]
  public static List<NetworkPart> of(UNet unet, List<Operation> operations) {
    Map<String, NetworkPart> parts = new LinkedHashMap<>();
    for (Operation operation : operations) {
      if (operation instanceof ConvolutionOp convolution) {
        add(parts, unet, convolution.x(), convolution.weight(), operation.y());
      } else if (operation instanceof LinearOp linear) {
        add(parts, unet, linear.x(), linear.weight(), operation.y());
      }
    }
    return List.copyOf(parts.values());
  }

  private static void add(
      Map<String, NetworkPart> parts, UNet unet, Variable x, Variable weight, Variable y) {
    String parameter = parameterName(unet, weight);
    if (parameter.startsWith("time_") || parameter.contains("time_emb_proj")) {
      return;
    }
    Matcher block = BLOCK.matcher(parameter);
    String name = block.matches() ? block.group(1) : parameter.replace(".weight", "");
    Shape out = image(y.shape());
    long products = (long) weight.shape().size() * (out.size() / out.dim(-1));
    NetworkPart before = parts.get(name);
    parts.put(
        name,
        new NetworkPart(
            name,
            before == null ? image(x.shape()) : before.in,
            out,
            parametersOf(unet, name),
            products + (before == null ? 0 : before.multiplyAdds)));
  }

  /// {@return the full name of the parameter that a variable is the value of}
  ///
  /// @throws IllegalArgumentException if it is none of the network's
  public static String parameterName(UNet unet, Variable weight) {
    for (Map.Entry<String, Parameter> entry : unet.parameters().entrySet()) {
      if (entry.getValue().value().equals(weight.value())) {
        return entry.getKey();
      }
    }
    throw new IllegalArgumentException("network part: no parameter of the network: " + weight);
  }

  /// {@return the number of the parameters whose names begin with that of a part}
  public static long parametersOf(UNet unet, String part) {
    return unet.parameters().entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(part + "."))
        .mapToLong(entry -> entry.getValue().shape().size())
        .sum();
  }

  private static Shape image(Shape shape) {
    return Shape.of(Arrays.copyOfRange(shape.dims(), 1, shape.rank()));
  }
}
