"""Training steps of Halolaw's edge network in PyTorch, eager, on the CPU: the peer of `halolaw bench train`.

Same widths, activation (ReLU), loss (MAE), batch (receivers with all their edges), optimiser (Adam, gradients clipped to 1),
threads and precision (float32). PyTorch has the edge list and the pairs' features in memory; Halolaw computes both
within its step. Prints steps and edges per second (of the best stretch), CPU seconds per step, and peak resident memory, in total
and in excess of that before the first step.
"""
import argparse
import json
import os
import resource
import time

import torch

parser = argparse.ArgumentParser()
parser.add_argument("--edge", type=int, nargs="+", default=[64, 64], help="hidden widths of the edge network")
parser.add_argument("--messages", type=int, default=16)
parser.add_argument("--node", type=int, nargs="*", default=[64], help="hidden widths of the node network")
parser.add_argument("--edges", type=int, default=131072, help="edges a step")
parser.add_argument("--receivers", type=int, default=790)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--seconds", type=float, default=5)
options = parser.parse_args()

torch.set_num_threads(options.threads)
torch.manual_seed(0)
halos, pair_features = 37000, 6
receiver = torch.sort(torch.randint(0, options.receivers, (options.edges,)))[0]
halo = torch.randint(0, halos, (options.receivers,))
sender = torch.randint(0, halos, (options.edges,))
mass = torch.randn(halos, 1)
pair = torch.randn(options.edges, pair_features)
target = torch.randn(options.receivers)
mean_degree = options.edges / options.receivers


def network(inputs, hidden, outputs):
    layers = []
    for width in hidden:
        layers += [torch.nn.Linear(inputs, width), torch.nn.ReLU()]
        inputs = width
    return torch.nn.Sequential(*layers, torch.nn.Linear(inputs, outputs))


edge = network(2 + pair_features, options.edge, options.messages)
node = network(options.messages + 1, options.node, 1)
weights = [*edge.parameters(), *node.parameters()]
optimizer = torch.optim.Adam(weights, lr=1e-4)


def step():
    receiver_mass = mass[halo]
    message = edge(torch.cat([receiver_mass[receiver], mass[sender], pair], 1))
    total = torch.zeros(options.receivers, options.messages).index_add(0, receiver, message) / mean_degree
    loss = (node(torch.cat([total, receiver_mass], 1))[:, 0] - target).abs().mean()
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(weights, 1.0)
    optimizer.step()


def resident_mb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


before = resident_mb() if os.path.exists("/proc/self/statm") else None
step()
best, steps, spent, cpu = float("inf"), 0, 0.0, time.process_time()
while spent < options.seconds or steps < 3:
    start = time.perf_counter()
    step()
    seconds = time.perf_counter() - start
    best, steps, spent = min(best, seconds), steps + 1, spent + seconds
cpu = (time.process_time() - cpu) / steps
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({
    "stepsPerSecond": 1 / best,
    "edgesPerSecond": options.edges / best,
    "cpuSecondsPerStep": cpu,
    "peakRssMB": peak,
    "trainingRssMB": None if before is None else peak - before,
    "version": torch.__version__,
}))
