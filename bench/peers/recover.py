"""Searches for the laws behind tables with pyoperon or gplearn, for bench/symbolic.ts, which judges the results.

    python recover.py operon|gplearn

Each line of stdin is a table, {"names", "columns", "target", "seconds", "noise"}: CPU seconds on one thread, and the standard
deviation of the noise on the target. Whenever a fit is nearly exact, the program prints a line {"best", "front", "seconds", "done"}
of infix formulas and reads an answer: "stop" ends the search, any other continues it. The last line of a table has "done": true.
"""
import json
import sys
import time
import warnings

import numpy as np

warnings.simplefilter("ignore")
np.seterr(all="ignore")

# relative to the target's variance: near the limit of pyoperon's single precision
looks_exact = 1e-9


def operon(x, y, names, noise):
    """Yields every few generations the front as [(error relative to the target's variance, formula)], and pyoperon's choice."""
    from pyoperon.sklearn import SymbolicRegressor

    # the default criterion, description length, needs noise
    criterion = "minimum_description_length" if noise > 0 else "mean_squared_error"
    model = SymbolicRegressor(
        allowed_symbols="add,sub,mul,div,pow,square,sqrt,exp,log,sin,cos,tanh,asin,acos,constant,variable",
        objectives=["r2", "length"], optimizer_iterations=10, max_length=40, population_size=1000, generations=2,
        max_evaluations=10**9, n_threads=1, warm_start=True, uncertainty=[noise or 1], model_selection_criterion=criterion,
    )
    while True:
        model.set_params(random_state=(model.random_state or 0) + 1)
        model.fit(x, y)
        text = lambda tree: model.get_model_string(tree, 17, names)
        yield [(d["mean_squared_error"] / y.var(), text(d["tree"])) for d in model.pareto_front_], text(model.model_)


def gplearn(x, y, names, noise):
    """Yields the same for gplearn. gplearn selects by correlation, because it fits no constants; scale and offset are fitted here. It has no front, so
    the best program of each length in any generation replaces it."""
    from gplearn.functions import make_function
    from gplearn.genetic import SymbolicRegressor

    definitions = {
        "square": lambda a: a * a,
        "exp": lambda a: np.exp(np.minimum(a, 50.0)),
        "tanh": lambda a: np.tanh(a),
        "asin": lambda a: np.arcsin(np.clip(a, -1, 1)),
        "acos": lambda a: np.arccos(np.clip(a, -1, 1)),
        "pow": lambda a, b: np.clip(np.nan_to_num(np.maximum(np.abs(a), 1e-9) ** b), -1e9, 1e9),
    }
    functions = [make_function(function=f, name=name, arity=f.__code__.co_argcount) for name, f in definitions.items()]
    infix = {
        "add": "({} + {})", "sub": "({} - {})", "mul": "({} * {})", "div": "({} / {})", "pow": "(abs({}) ^ {})",
        "sqrt": "sqrt(abs({}))", "log": "log(abs({}))",
    }

    def text(program):
        nodes = iter(program.program)

        def read():
            node = next(nodes)
            if isinstance(node, (int, np.integer)):
                return names[node]
            if isinstance(node, (float, np.floating)):
                return f"({float(node)!r})"
            return infix.get(node.name, node.name + "({})").format(*[read() for _ in range(node.arity)])

        slope, offset = np.polyfit(program.execute(x), y, 1)
        return f"({float(offset)!r}) + ({float(slope)!r}) * {read()}"

    model = SymbolicRegressor(
        function_set=["add", "sub", "mul", "div", "sqrt", "log", "sin", "cos", *functions], metric="pearson", population_size=1000, generations=1,
        warm_start=True, low_memory=True, n_jobs=1, random_state=1, stopping_criteria=2,
    )
    best_of = {}
    while True:
        model.fit(x, y)
        for program in model._programs[-1]:
            if program.length_ <= 60 and program.raw_fitness_ > best_of.get(program.length_, (0,))[0]:
                best_of[program.length_] = (program.raw_fitness_, program)
        front = []
        for length in sorted(best_of):
            correlation, program = best_of[length]
            if not front or 1 - correlation**2 < front[-1][0]:
                front.append((1 - correlation**2, text(program)))
        yield front, text(model._program)
        model.set_params(generations=model.generations + 1)


search = {"operon": operon, "gplearn": gplearn}[sys.argv[1]]
__import__({"operon": "pyoperon.sklearn", "gplearn": "gplearn.genetic"}[sys.argv[1]])  # before the clock starts, because importing takes seconds
for line in iter(sys.stdin.readline, ""):
    task = json.loads(line)
    x, y = np.array(task["columns"]).T, np.array(task["target"])
    started = time.process_time()
    shown = []
    for front, best in search(x, y, task["names"], task["noise"]):
        seconds = time.process_time() - started
        found = {"best": best, "front": [formula for _, formula in front], "seconds": seconds}
        if seconds >= task["seconds"]:
            break
        exact = [formula for error, formula in front if error < looks_exact]
        if exact and exact != shown:
            shown = exact
            print(json.dumps({**found, "done": False}), flush=True)
            if sys.stdin.readline().strip() == "stop":
                break
    print(json.dumps({**found, "done": True}), flush=True)
