/// Files at the edge: written whole or not at all ([haze.diffusion.io.AtomicFile]), JSON
/// configurations whose every mistake is one line ([haze.diffusion.io.JsonObject],
/// [haze.diffusion.io.JsonWriter]), and the directory of evaluations, which loses no result
/// ([haze.diffusion.io.EvaluationDirectory]).
package haze.diffusion.io;
