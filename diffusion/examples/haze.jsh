// Imports for jshell on JDK 25. After mvn -q package -DskipTests:
//   jshell --module-path diffusion/target/lib --add-modules haze.diffusion \
//     --startup DEFAULT --startup diffusion/examples/haze.jsh
import haze.tensor.*;
import haze.autograd.*;
import haze.nn.*;
import haze.nn.Module;
import haze.nn.optim.*;
import haze.nn.safetensors.*;
import haze.nn.unet.*;
import haze.diffusion.data.*;
import haze.diffusion.editing.*;
import haze.diffusion.evaluation.bound.*;
import haze.diffusion.evaluation.frechet.*;
import haze.diffusion.figure.*;
import haze.diffusion.loss.*;
import haze.diffusion.pipeline.*;
import haze.diffusion.process.*;
import haze.diffusion.sampler.*;
import haze.diffusion.sampler.schedule.*;
import haze.diffusion.study.*;
import haze.diffusion.training.*;
