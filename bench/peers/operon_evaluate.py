"""Evaluates trees with Operon (pyoperon) in single precision. The first line of stdin is {rows, formulas: [{text, nodes}]}; for each
further line, a number of threads, it evaluates all formulas once and prints {seconds, processorSeconds}."""
import json
import sys
import time

import numpy as np
import pyoperon as operon

request = json.loads(sys.stdin.readline())
rows = request["rows"]
names = "xyzuv"
data = np.asfortranarray(np.random.default_rng(0).uniform(0.5, 1.5, (rows, len(names))).astype(np.float32))
dataset = operon.Dataset(data)
hashes = {name: dataset.Variables[k].Hash for k, name in enumerate(names)}
trees = [operon.InfixParser.Parse(formula["text"], hashes) for formula in request["formulas"]]
out = np.zeros(len(trees) * rows, dtype=np.float32)
for line in iter(sys.stdin.readline, ""):
    start, used = time.perf_counter(), time.process_time()
    operon.EvaluateTrees(trees, dataset, operon.Range(0, rows), out, int(line))
    seconds = {"seconds": time.perf_counter() - start, "processorSeconds": time.process_time() - used}
    print(json.dumps(seconds), flush=True)
