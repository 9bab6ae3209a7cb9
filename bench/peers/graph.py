"""All directed edges of a catalog within a radius, with scipy's cKDTree on one thread; prints the number of edges and the best time in seconds."""
import json
import sys
import time

import h5py
import numpy as np
from scipy.spatial import cKDTree

path, radius, box = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
with h5py.File(path, "r") as file:
    positions = file["Position"][:].astype(np.float64) % box
tree = cKDTree(positions, boxsize=box)
seconds = []
for _ in range(2):
    start = time.perf_counter()
    lists = tree.query_ball_point(positions, radius, workers=1, return_sorted=False)
    seconds.append(time.perf_counter() - start)
edges = sum(map(len, lists)) - len(positions)
print(json.dumps({"edges": edges, "seconds": min(seconds)}))
