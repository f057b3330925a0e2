#!/usr/bin/env python3
"""PyTorch's entry of the race: trains the network of a Haze run for some minutes, and writes it as a pipeline of diffusers.

    python3 diffusion/race/torch_entry.py --like runs/race --minutes 3 --seed 1 --out runs/torch

Network, noise schedule and distribution of timesteps are read from the run's unet/config.json, scheduler/scheduler_config.json
and training/config.json, so that both sides train the same; from its clusters.safetensors, if it has one, the centroids. The clock starts after PyTorch is imported, which is not counted, and
ends when the model is written. The network is that of the benchmarks, benchmarks/peers/unet2d.py. Needs PyTorch 2.4 or newer and NumPy.
"""
import argparse
import gzip
import json
import math
import pathlib
import shutil
import struct
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / 'benchmarks/peers'))
from unet2d import UNet

MNIST = ROOT / 'diffusion/src/main/resources/haze/diffusion/data/mnist'
WEIGHTS = 'diffusion_pytorch_model.safetensors'
CLUSTERS = 'clusters.safetensors'


# ---- data, noise, weights ----

def idx(name, offset):
    with gzip.open(MNIST / name) as file:
        return np.frombuffer(file.read(), np.uint8, offset=offset)


def noise_levels(c):
    """abar_t, t = 0 .. T-1."""
    n = c['num_train_timesteps']
    if c['beta_schedule'] != 'squaredcos_cap_v2':
        raise SystemExit('expected the cosine schedule, not ' + c['beta_schedule'])
    level = lambda s: math.cos((s + 0.008) / 1.008 * math.pi / 2) ** 2
    betas = torch.tensor([min(1 - level((t + 1) / n) / level(t / n), 0.999) for t in range(n)], dtype=torch.float64)
    return torch.cumprod(1 - betas, 0).float()


def write_safetensors(tensors, path):
    header, at = {}, 0
    for name, tensor in tensors.items():
        header[name] = {'dtype': 'F32', 'shape': list(tensor.shape), 'data_offsets': [at, at + 4 * tensor.numel()]}
        at += 4 * tensor.numel()
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.detach().contiguous().numpy().astype('<f4').tobytes())


def read_safetensors(path):
    """Tensors of F32."""
    content = path.read_bytes()
    begin = 8 + struct.unpack('<Q', content[:8])[0]
    tensors = {}
    for name, entry in json.loads(content[8:begin]).items():
        if name != '__metadata__':
            first, last = (begin + offset for offset in entry['data_offsets'])
            tensors[name] = torch.from_numpy(np.frombuffer(content[first:last], '<f4').reshape(entry['shape']).copy())
    return tensors


def nearest_clusters(centroids, images):
    """The number of the centroid that each image is nearest to, as haze.diffusion.data.ImageClusters has it."""
    c = centroids.flatten(1)
    rows = (some.flatten(1).float() / 127.5 - 1 for some in images.split(4096))
    return torch.cat([((c * c).sum(1) - 2 * x @ c.t()).argmin(1) for x in rows])


# ---- Muon, whose version in torch.optim refuses the kernels of convolutions ----

class Muon:
    """haze.nn.optim.Muon: matrices `[outputs, the rest]` move along about the nearest orthogonal one of their momentum."""
    BETA, ADAM_STEP, ITERATIONS, A, B, C = 0.95, 0.2, 5, 3.4445, -4.7750, 2.0315

    def __init__(self, weights):
        self.weights = weights
        self.momentum = [torch.zeros_like(self.matrix(w)) for w in weights]

    @staticmethod
    def matrix(w):
        """A view, where a kernel is channels_last."""
        return w.detach().permute(0, 2, 3, 1).flatten(1) if w.ndim == 4 else w.detach()

    @staticmethod
    def takes(name, weight):
        return weight.ndim in (2, 4) and 'class_embedding' not in name and min(Muon.matrix(weight).shape) >= 16

    @classmethod
    def orthogonal(cls, x):
        """The iteration on x x^T alone. (Haze's computes that anew after two iterations, which is more exact.)"""
        turned = x.shape[0] > x.shape[1]
        x = x.t() if turned else x
        x = x / x.norm().clamp_min(1e-30)
        s = x @ x.t()
        every = last = cls.polynomial(s)
        for _ in range(cls.ITERATIONS - 1):
            s = last @ s @ last
            last = cls.polynomial(s)
            every = every @ last
        x = every @ x
        return x.t() if turned else x

    @classmethod
    def polynomial(cls, s):
        result = torch.addmm(s, s, s, beta=cls.B, alpha=cls.C)
        result.diagonal().add_(cls.A)
        return result

    def step(self, rate):
        for w, momentum in zip(self.weights, self.momentum):
            gradient = self.matrix(w.grad)
            momentum.lerp_(gradient, 1 - self.BETA)
            ahead = gradient.lerp(momentum, self.BETA)
            self.matrix(w).sub_(self.orthogonal(ahead), alpha=rate * self.ADAM_STEP * max(ahead.shape) ** 0.5)


def main():
    start = time.monotonic()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--like', required=True, type=pathlib.Path, help='a run of haze train, for network and schedule')
    parser.add_argument('--out', required=True, type=pathlib.Path, help='a new directory')
    length = parser.add_mutually_exclusive_group()
    length.add_argument('--minutes', type=float, default=3)
    length.add_argument('--steps', type=int, help='so many steps instead, in whatever time')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--batch', type=int, default=32)
    parser.add_argument('--unconditional', action='store_true', help='without labels or clusters, even if the run has them')
    parser.add_argument('--optimizer', choices=['adam', 'muon'], default='muon')
    parser.add_argument('--lr', type=float, help='2e-3 for Muon, 1e-3 for Adam if not given')
    parser.add_argument('--warm-up', type=int, default=100, help='steps')
    parser.add_argument('--decay-from', type=float, default=0.25, help='part of the training after which the rate falls to 0')
    parser.add_argument('--ema', type=float, default=0.998)
    parser.add_argument('--label-dropout', type=float, default=0.1)
    parser.add_argument('--bf16', action='store_true', help='convolutions and matrix products of the network in bfloat16')
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    network = json.loads((options.like / 'unet/config.json').read_text())
    scheduler = json.loads((options.like / 'scheduler/scheduler_config.json').read_text())
    training = json.loads((options.like / 'training/config.json').read_text())
    sampling = training.get('timestep_sampling')
    if sampling not in ('uniform', 'logit-normal'):
        raise SystemExit('expected timesteps that are uniform or logit-normal, not ' + str(sampling))
    if sampling == 'logit-normal' and not {'logit_mean', 'uniform_share'} <= training.keys():
        raise SystemExit('expected a run that tells logit_mean and uniform_share')
    # Before the training: what cannot be written must not be trained first.
    (options.out / 'unet').mkdir(parents=True)
    (options.out / 'scheduler').mkdir()
    if options.unconditional:
        network['num_class_embeds'] = None
        network.pop('_haze_no_class', None)
    no_class = network.get('_haze_no_class')
    images = torch.from_numpy(idx('train-images-idx3-ubyte.gz', 16).reshape(-1, 1, 28, 28).copy())
    labels = torch.from_numpy(idx('train-labels-idx1-ubyte.gz', 8).astype(np.int64))
    copied = ['model_index.json', 'scheduler/scheduler_config.json']
    if no_class is not None and (options.like / CLUSTERS).exists():
        labels = nearest_clusters(read_safetensors(options.like / CLUSTERS)['centroids'], images)
        copied.append(CLUSTERS)
    abar = noise_levels(scheduler)
    net = UNet(network).to(memory_format=torch.channels_last)
    # As Haze starts: the last layer of each residual branch, and of the network, with zeros.
    for name, module in net.named_modules():
        if name.endswith(('conv2', 'to_out.0', 'conv_out')):
            nn.init.zeros_(module.weight), nn.init.zeros_(module.bias)
    weights = dict(net.named_parameters())
    average = {name: weight.detach().clone() for name, weight in weights.items()}
    matrices = [w for name, w in weights.items() if options.optimizer == 'muon' and Muon.takes(name, w)]
    taken = {id(w) for w in matrices}
    muon, adam = Muon(matrices), torch.optim.Adam([w for w in weights.values() if id(w) not in taken], fused=True)
    peak = options.lr or {'muon': 2e-3, 'adam': 1e-3}[options.optimizer]
    velocity = scheduler.get('prediction_type') == 'v_prediction'
    # A second for the files.
    end = options.minutes * 60 - 1
    step = 0
    while True:
        elapsed = time.monotonic() - start
        part = step / options.steps if options.steps else elapsed / end
        if part >= 1:
            break
        rate = peak * min(1, step / options.warm_up, (1 - part) / (1 - options.decay_from))
        chosen = torch.randint(0, len(images), (options.batch,))
        x0 = (images[chosen].float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
        label = None
        if no_class is not None:
            label = torch.where(torch.rand(options.batch) < options.label_dropout, no_class, labels[chosen])
        if sampling == 'uniform':
            t = torch.randint(0, len(abar), (options.batch,))
        else:
            drawn = torch.sigmoid(training['logit_mean'] + torch.randn(options.batch))
            t = (drawn * len(abar)).long().clamp_max(len(abar) - 1)
            uniform = torch.rand(options.batch) < training['uniform_share']
            t = torch.where(uniform, torch.randint(0, len(abar), (options.batch,)), t)
        noise = torch.randn_like(x0)
        a = abar[t][:, None, None, None]
        target = a.sqrt() * noise - (1 - a).sqrt() * x0 if velocity else noise
        with torch.autocast('cpu', torch.bfloat16, enabled=options.bf16):
            predicted = net(a.sqrt() * x0 + (1 - a).sqrt() * noise, t, label)
        loss = F.mse_loss(predicted.float(), target)
        net.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(weights.values(), 1.0)
        muon.step(rate)
        adam.param_groups[0]['lr'] = rate
        adam.step()
        decay = min(options.ema, (1 + step) / (10 + step))
        with torch.no_grad():
            torch._foreach_lerp_(list(average.values()), list(weights.values()), 1 - decay)
        step += 1
        if step % 100 == 0:
            print(f'step {step} loss {loss.item():.4f} {elapsed:.0f} s', flush=True)
    for name in copied:
        shutil.copyfile(options.like / name, options.out / name)
    (options.out / 'unet/config.json').write_text(json.dumps(network, indent=2) + '\n')
    write_safetensors(average, options.out / 'unet' / WEIGHTS)
    print(f'{step} steps of {options.batch} images, {time.monotonic() - start:.1f} s')


if __name__ == '__main__':
    main()
