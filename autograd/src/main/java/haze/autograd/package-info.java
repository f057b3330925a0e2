/// Derivatives: a computation runs forward as method calls, a [haze.autograd.Tape] records what
/// ran, and goes back through it to find how much each parameter changes the result.
///
/// {@snippet file="haze/autograd/ExamplesTest.java" region="gradient"}
///
/// To read in this order:
///
/// 1. [haze.autograd.Operation], a step of a computation;
/// 2. [haze.autograd.Multiply], [haze.autograd.Exp] and [haze.autograd.Reshape], three of them,
///    forward and backward;
/// 3. [haze.autograd.Tape], how they are recorded and passed backward, and where their memory comes
///    from;
/// 4. [haze.autograd.Variable], a value and the place where its gradient is collected;
/// 5. `Broadcast`, why the gradient of a bias is a sum;
/// 6. what networks are made of: [haze.autograd.MatMulOp], [haze.autograd.LinearOp],
///    [haze.autograd.ConvolutionOp], [haze.autograd.GroupNormOp], [haze.autograd.AttentionOp];
/// 7. [haze.autograd.GradientCheck], how one knows that all this is right.
///
/// Every operation is a record with a static `apply(tape, inputs...)`, in a file of its own. The
/// table of all derivatives is in the module's README.
package haze.autograd;
