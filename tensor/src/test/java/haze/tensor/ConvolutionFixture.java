package haze.tensor;

import haze.tensor.kernel.ConvolutionShape;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/// The sizes of a convolution to test, and how to draw them.
public record ConvolutionFixture(int n, int h, int w, int cin, int cout, Window window) {
  /// The kernel's size, and how it passes over the image.
  public record Window(int kh, int kw, int stride, int top, int bottom, int left, int right) {}

  /// Rows of the output.
  public int oh() {
    return (h + top() + window.bottom - kh()) / stride() + 1;
  }

  /// Columns of the output.
  public int ow() {
    return (w + left() + window.right - kw()) / stride() + 1;
  }

  public int kh() {
    return window.kh;
  }

  public int kw() {
    return window.kw;
  }

  public int stride() {
    return window.stride;
  }

  public int top() {
    return window.top;
  }

  public int left() {
    return window.left;
  }

  public Shape images() {
    return Shape.of(n, h, w, cin);
  }

  public Shape weight() {
    return Shape.of(kh(), kw(), cin, cout);
  }

  public Shape output() {
    return Shape.of(n, oh(), ow(), cout);
  }

  /// The operation.
  public Convolution operation() {
    return new Convolution(stride(), top(), window.bottom, left(), window.right);
  }

  /// What the kernels take.
  public ConvolutionShape sizes() {
    return new ConvolutionShape(
        n, h, w, cin, kh(), kw(), cout, stride(), top(), left(), oh(), ow());
  }

  /// A case of 3x3 windows at stride 1 that keep the image's size.
  public static ConvolutionFixture same3x3(int n, int h, int w, int cin, int cout) {
    return new ConvolutionFixture(n, h, w, cin, cout, new Window(3, 3, 1, 1, 1, 1, 1));
  }

  /// Any window up to 5x5, stride up to 3, every padding that is smaller than the window; often one
  /// of the two that have kernels of their own, 1x1 and 3x3 at stride 1.
  public static Arbitrary<ConvolutionFixture> any() {
    Arbitrary<Integer> size = Arbitraries.integers().between(1, 5);
    Arbitrary<Integer> padding = Arbitraries.integers().between(0, 4);
    Arbitrary<Window> windows =
        Combinators.combine(
                size,
                size,
                Arbitraries.integers().between(1, 3),
                padding,
                padding,
                padding,
                padding)
            .as(
                (kh, kw, stride, top, bottom, left, right) ->
                    new Window(kh, kw, stride, top % kh, bottom % kh, left % kw, right % kw));
    // Around the vector lengths 4, 8 and 16.
    return cases(
        Arbitraries.frequencyOf(
            Tuple.of(3, windows),
            Tuple.of(2, windows3x3()),
            Tuple.of(1, Arbitraries.just(new Window(1, 1, 1, 0, 0, 0, 0)))),
        Arbitraries.of(1, 3, 7, 8, 15, 16, 17, 24, 32, 33, 40));
  }

  /// Windows of 3x3 at stride 1, which both the direct and the Winograd kernel can do.
  public static Arbitrary<ConvolutionFixture> any3x3() {
    return cases(windows3x3(), Arbitraries.of(16, 32, 48, 64, 80));
  }

  /// Windows up to 5x5 as of a network's last layer: the input's channels are whole vectors, the
  /// output's few.
  public static Arbitrary<ConvolutionFixture> toFewChannels() {
    return Combinators.combine(
            any(), Arbitraries.of(16, 32, 48), Arbitraries.integers().between(1, 4))
        .as((c, cin, cout) -> new ConvolutionFixture(c.n, c.h, c.w, cin, cout, c.window));
  }

  private static Arbitrary<Window> windows3x3() {
    Arbitrary<Integer> padding = Arbitraries.integers().between(0, 2);
    return Combinators.combine(padding, padding, padding, padding)
        .as((top, bottom, left, right) -> new Window(3, 3, 1, top, bottom, left, right));
  }

  private static Arbitrary<ConvolutionFixture> cases(
      Arbitrary<Window> windows, Arbitrary<Integer> channels) {
    Arbitrary<Integer> edge = Arbitraries.integers().between(1, 11);
    return Combinators.combine(
            Arbitraries.integers().between(1, 3), edge, edge, channels, channels, windows)
        .as(
            (n, h, w, cin, cout, window) ->
                new ConvolutionFixture(
                    n,
                    Math.max(h, window.kh - window.top - window.bottom),
                    Math.max(w, window.kw - window.left - window.right),
                    cin,
                    cout,
                    window))
        .withoutEdgeCases();
  }
}
