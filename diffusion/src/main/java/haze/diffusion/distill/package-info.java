/// Distillation: a model that draws in one, two or four evaluations of the network, made from a
/// trained one.
///
/// Read [haze.diffusion.distill.StepTarget] first, what the new network is to predict; then
/// [haze.diffusion.distill.Distillation], which trains it.
package haze.diffusion.distill;
