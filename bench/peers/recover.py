"""Recovers known laws by pyoperon or gplearn, judged as bench/symbolic.ts judges: agreement to 1e-6 on fresh rows that reach half
a range beyond the training rows.

    python bench/peers/recover.py PROBLEMS.json --engine operon --time 60 --threads 2 --out operon.json
"""
import argparse
import json
import os
import time
import warnings

import numpy as np

warnings.simplefilter("ignore")
parser = argparse.ArgumentParser()
parser.add_argument("problems")
parser.add_argument("--engine", choices=["operon", "gplearn"], default="operon")
parser.add_argument("--time", type=float, default=60)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--every", type=int, default=1)
parser.add_argument("--first", type=int, default=0)
parser.add_argument("--only")
parser.add_argument("--noise", type=float, default=0)
parser.add_argument("--out", default="recover.json")
options = parser.parse_args()

functions = {name: getattr(np, name) for name in "exp log sin cos tan tanh sqrt arcsin arccos arctan".split()}


def draw(problem, rows, beyond, random):
    columns = [v["low"] + (v["high"] - v["low"]) * (1 + beyond) * random.uniform(size=4 * rows) for v in problem["variables"]]
    names = {v["name"]: c for v, c in zip(problem["variables"], columns)}
    target = eval(problem["formula"], {"__builtins__": {}, "pi": np.pi, **functions}, names) * np.ones(4 * rows)
    keep = np.flatnonzero(np.isfinite(target))[:rows]
    return np.stack(columns, 1)[keep], target[keep]


def operon():
    from pyoperon.sklearn import SymbolicRegressor

    return SymbolicRegressor(
        allowed_symbols="add,sub,mul,div,square,sqrt,exp,log,sin,cos,tanh,asin,acos,pow,constant,variable",
        optimizer_iterations=10, max_time=int(options.time), n_threads=options.threads, generations=10**6,
        max_evaluations=10**9, max_length=40, population_size=1000, random_state=1, model_selection_criterion="mean_squared_error",
    )


def gplearn(x, y):
    from gplearn.genetic import SymbolicRegressor

    model = SymbolicRegressor(
        population_size=1000, generations=1, warm_start=True, n_jobs=1, random_state=1, stopping_criteria=0,
        function_set=("add", "sub", "mul", "div", "sqrt", "log", "inv", "sin", "cos"), metric="rmse",
    )
    start = time.time()
    while time.time() - start < options.time:
        model.fit(x, y)
        if model._program.raw_fitness_ < 1e-9:
            break
        model.set_params(generations=model.generations + 1)
    return model


with open(options.problems) as file:
    problems = json.load(file)
done = []
if os.path.exists(options.out):
    with open(options.out) as file:
        done = json.load(file)
for k, problem in enumerate(problems):
    if problem["name"] in [d["name"] for d in done]:
        continue
    if problem["name"] not in options.only.split(",") if options.only else k % options.every != options.first:
        continue
    random = np.random.default_rng(17)
    x, y = draw(problem, 1000, 0, random)
    noisy = y + options.noise * y.std() * random.normal(size=len(y))
    start, cpu = time.time(), time.process_time()
    model = operon().fit(x, noisy) if options.engine == "operon" else gplearn(x, noisy)
    seconds = time.time() - start
    fresh, truth = draw(problem, 500, 0.5, random)
    size = np.sqrt(np.mean(truth**2))
    try:
        found = np.asarray(model.predict(fresh), float)
        recovered = bool(np.all(np.abs(found - truth) <= 1e-6 * np.maximum(size, np.abs(truth))))
    except ValueError:  # gplearn refuses values that are not finite
        recovered = False
    done.append({"name": problem["name"], "recovered": recovered, "seconds": seconds, "cpuSeconds": time.process_time() - cpu})
    with open(options.out, "w") as file:
        json.dump(done, file, indent=1)
    print("law  " if recovered else "-    ", problem["name"], f"{seconds:.1f} s", flush=True)
print(sum(d["recovered"] for d in done), "of", len(done), "laws recovered")
