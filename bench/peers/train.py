"""Training steps of an 8-64-64-16 edge network over 131,072 edges by PyTorch: prints edges per second, forward and back."""
import json
import time

import torch

edges, halos, inputs, hidden, messages = 131072, 4096, 8, 64, 16
torch.manual_seed(0)
sender = torch.randint(0, halos, (edges,))
receiver = torch.sort(torch.randint(0, halos, (edges,)))[0]
features = torch.randn(halos, inputs // 2)
target = torch.randn(halos)


def network(n, m):
    layers = [torch.nn.Linear(n, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, hidden), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(hidden, m))


edge, node = network(inputs, messages), network(inputs // 2 + messages, 1)
optimizer = torch.optim.Adam([*edge.parameters(), *node.parameters()], lr=1e-3)


def step():
    message = edge(torch.cat([features[receiver], features[sender]], 1))
    total = torch.zeros(halos, messages).index_add(0, receiver, message)
    loss = (node(torch.cat([features, total], 1))[:, 0] - target).abs().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


step()
seconds = []
for _ in range(5):
    start = time.perf_counter()
    step()
    seconds.append(time.perf_counter() - start)
print(json.dumps({"edgesPerSecond": edges / min(seconds)}))
