#!/usr/bin/env python3
"""PyTorch's side of the comparison: the reference U-Net's steps and its kernels, with results in JMH's JSON form.

The report (exec:exec@report) shows such a file beside Haze's and takes the fastest of the variants for PyTorch's figure.

    python3 benchmarks/peers/torch_unet.py train-step --workload R1 --threads 2 --output runs/pytorch.json
    python3 benchmarks/peers/torch_unet.py sample-step --workload R1 --threads 2 --channels-last --append ...
    python3 benchmarks/peers/torch_unet.py kernels --append --output runs/pytorch.json

The network is in unet2d.py beside this file. Needs PyTorch 1.13 or newer; --compile needs PyTorch 2 and a C++ compiler.
"""
import argparse
import datetime
import json
import math
import os
import platform
import resource
import time

from typing import NamedTuple

import torch
import torch.nn.functional as F

from unet2d import UNet


class Workload(NamedTuple):
    """A U-Net and its batch: attention by the heights of its levels, the groups of every normalisation."""
    batch: int
    size: int
    image_channels: int
    channels: tuple
    attention: tuple
    groups: int


# The rows of haze.benchmarks.Workload.
WORKLOADS = {
    'R1': Workload(64, 28, 1, (32, 64, 128), (7,), 8),
    'R2': Workload(32, 32, 3, (64, 128, 128), (8,), 8),
    'R3': Workload(16, 32, 3, (128, 256, 256, 256), (16,), 32),
    'R4': Workload(16, 64, 3, (64, 128, 192, 256), (16, 8), 8),
}
KERNEL_GROUPS, EPS = 8, 1e-6
CONVOLUTIONS = ['64x32x32x28', '64x64x64x14', '64x128x128x7', '16x128x128x32', '64x192x64x14', '8x256x256x16', '8x256x256x4']
NORMS = ['64x32x28', '64x64x14', '64x128x7']
# M x N x K, as in GemmBenchmark.
PRODUCTS = ['64x64x64', '128x128x128', '256x256x256', '512x512x512', '1024x1024x1024', '12544x32x96', '96x32x12544',
            '3136x64x192', '784x128x256', '784x128x128', '16x128x128', '49x49x128']


# ---- steps ----

def network(workload):
    """What diffusers' unet/config.json would say of a workload's network."""
    heights = [workload.size >> level for level in range(len(workload.channels))]
    kinds = ['Attn' if height in workload.attention else '' for height in heights]
    return {'in_channels': workload.image_channels, 'out_channels': workload.image_channels, 'layers_per_block': 2,
            'block_out_channels': workload.channels, 'norm_num_groups': workload.groups, 'norm_eps': EPS,
            'down_block_types': [kind + 'DownBlock2D' for kind in kinds],
            'up_block_types': [kind + 'UpBlock2D' for kind in reversed(kinds)]}


def train_step(net, images):
    """Draw t and noise, forward, backward, clip, Adam; with Adam's fused kernel where PyTorch has it for CPUs (2.4)."""
    modern = tuple(int(part) for part in torch.__version__.split('.')[:2]) >= (2, 4)
    adam = torch.optim.Adam(net.parameters(), 2e-4, **({'fused': True} if modern else {}))
    # Ho et al. 2020, section 4.
    abar = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000), 0)

    def step():
        t = torch.randint(0, 1000, (images.shape[0],))
        noise = torch.randn_like(images)
        a = abar[t][:, None, None, None]
        loss = F.mse_loss(net(a.sqrt() * images + (1 - a).sqrt() * noise, t), noise)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()

    return step


def sample_step(net, images):
    net.eval()
    t = torch.full((images.shape[0],), 500)

    def step():
        with torch.no_grad():
            net(images, t)

    return step


# ---- kernels, at one thread ----

def convolution(shape, layout):
    n, inputs, outputs, size = shape
    x = torch.randn(n, inputs, size, size).contiguous(memory_format=layout).requires_grad_()
    w = torch.randn(outputs, inputs, 3, 3).contiguous(memory_format=layout).requires_grad_()
    b = torch.randn(outputs)
    dy = torch.randn(n, outputs, size, size).contiguous(memory_format=layout)

    def forward():
        with torch.no_grad():
            F.conv2d(x, w, b, padding=1)

    return {'forward': forward,
            'forwardBackward': lambda: torch.autograd.grad(F.conv2d(x, w, b, padding=1), (x, w), dy)}


def group_norm(shape, layout):
    n, channels, size = shape
    x = torch.randn(n, channels, size, size).contiguous(memory_format=layout).requires_grad_()
    w, b = (torch.randn(channels, requires_grad=True) for _ in range(2))
    dy = torch.randn(n, channels, size, size).contiguous(memory_format=layout)

    def both():
        torch.autograd.grad(F.silu(F.group_norm(x, KERNEL_GROUPS, w, b, EPS)), (x, w, b), dy)

    def forward():
        with torch.no_grad():
            F.silu(F.group_norm(x, KERNEL_GROUPS, w, b, EPS))

    return {'forward': forward, 'forwardBackward': both}


def product(shape):
    m, n, k = shape
    a, b, a_turned, b_turned = torch.randn(m, k), torch.randn(k, n), torch.randn(k, m), torch.randn(n, k)
    return {'plain': lambda: a @ b, 'transposedA': lambda: a_turned.t() @ b, 'transposedB': lambda: a @ b_turned.t()}


def kernels():
    """Yields class, method, parameters and function of every kernel."""
    for shape in PRODUCTS:
        for method, run in product(sizes(shape)).items():
            yield 'GemmBenchmark', method, {'shape': shape}, run
    for name, shapes, make in [('ConvolutionBenchmark', CONVOLUTIONS, convolution), ('GroupNormBenchmark', NORMS, group_norm)]:
        for shape in shapes:
            for layout in ['contiguous', 'channels_last']:
                made = make(sizes(shape), torch.channels_last if layout == 'channels_last' else torch.contiguous_format)
                for method, run in made.items():
                    yield name, method, {'shape': shape, 'format': layout}, run


def sizes(shape):
    return [int(part) for part in shape.split('x')]


# ---- measuring ----

def measure(run, warm_up, repetitions, calls=1):
    """Milliseconds of one call, in ascending order, `calls` of them in a measurement."""
    for _ in range(warm_up):
        run()
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        for _ in range(calls):
            run()
        times.append((time.perf_counter() - start) / calls * 1e3)
    return sorted(times)


def processor():
    """The processor as Haze's results name it, or 'unknown' where there is no /proc/cpuinfo."""
    try:
        with open('/proc/cpuinfo') as file:
            first = file.read().split('\n\n')[0]
    except OSError:
        return 'unknown'
    values = {key.strip(): value.strip() for key, _, value in (line.partition(':') for line in first.splitlines())}
    flags = values.get('flags', values.get('Features', '')).split()
    vectors = [('avx512f', 'AVX-512'), ('avx2', 'AVX2'), ('avx', 'AVX'), ('sse2', 'SSE2'), ('sve', 'SVE'), ('asimd', 'NEON')]
    parts = [values.get('model name', ''),
             f"family {values['cpu family']} model {values.get('model')}" if 'cpu family' in values else '',
             f"implementer {values.get('CPU implementer')} part {values['CPU part']}" if 'CPU part' in values else '',
             next((name for flag, name in vectors if flag in flags), '')]
    return ', '.join(part for part in parts if part) or 'unknown'


def result(name, mode, params, times):
    """One entry of JMH's JSON; the score is the median, which a disturbed repetition does not move."""
    median = times[len(times) // 2]
    entry = {'benchmark': 'pytorch.' + name, 'mode': mode, 'threads': 1, 'forks': 1, 'jdkVersion': platform.python_version(),
             'vmName': 'PyTorch', 'vmVersion': torch.__version__, 'measurementIterations': len(times), 'params': params,
             'machine': {'processor': processor(), 'cores': os.cpu_count()},
             'date': datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ'),
             'primaryMetric': {'score': median, 'scoreError': 'NaN', 'scoreUnit': 'ms/op', 'rawData': [times]}}
    print(f'{name} {params}: median {median:.3f} ms, {times[0]:.3f} to {times[-1]:.3f}', flush=True)
    return entry


def run_steps(options):
    workload = WORKLOADS[options.workload]
    torch.set_num_threads(options.threads)
    net = UNet(network(workload))
    images = torch.rand(workload.batch, workload.image_channels, workload.size, workload.size) * 2 - 1
    if options.channels_last:
        net = net.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
    if options.compile:
        net.compile()
    train = options.what == 'train-step'
    step = (train_step if train else sample_step)(net, images)
    times = measure(step, 3, options.repetitions)
    params = {'workload': options.workload, 'threads': str(options.threads),
              'format': 'channels_last' if options.channels_last else 'contiguous', 'compile': 'yes' if options.compile else 'no'}
    entry = result('TrainStepBenchmark.train' if train else 'SampleStepBenchmark.sample', 'ss', params, times)
    print(f'{sum(p.numel() for p in net.parameters())} parameters, peak resident memory '
          f'{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB')
    return [entry]


def run_kernels(options):
    torch.set_num_threads(1)
    results = []
    for name, method, params, run in kernels():
        run()
        once = max(measure(run, 1, 3)[0], 1e-3)
        # At least 20 ms each, so that the clock's and Python's share is small.
        results.append(result(f'{name}.{method}', 'avgt', params,
                              measure(run, 1, options.repetitions, math.ceil(20 / once))))
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('what', choices=['train-step', 'sample-step', 'kernels'])
    parser.add_argument('--workload', choices=list(WORKLOADS), default='R1')
    parser.add_argument('--threads', type=int, default=2, help='of a step; kernels run at one')
    parser.add_argument('--repetitions', type=int, default=15)
    parser.add_argument('--channels-last', action='store_true')
    parser.add_argument('--compile', action='store_true', help='torch.compile')
    parser.add_argument('--output', help="a file for the results, in JMH's JSON form")
    parser.add_argument('--append', action='store_true', help='keep the results that the file has')
    options = parser.parse_args()
    if options.output and os.path.exists(options.output) and not options.append:
        parser.error(f'{options.output} exists; --append adds to it')
    torch.manual_seed(0)
    results = run_kernels(options) if options.what == 'kernels' else run_steps(options)
    if options.output:
        if options.append and os.path.exists(options.output):
            with open(options.output) as file:
                results = json.load(file) + results
        os.makedirs(os.path.dirname(options.output) or '.', exist_ok=True)
        with open(options.output + '.tmp', 'w') as file:
            json.dump(results, file, indent=1)
        os.replace(options.output + '.tmp', options.output)


if __name__ == '__main__':
    main()
