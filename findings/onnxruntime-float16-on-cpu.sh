#!/usr/bin/env bash
# Software: onnxruntime 1.32.0 (CPU, x64), onnx 1.23.2 and its reference evaluator, Python 3.11
# Expected: a network in float16 has float16's range on every device: what is over 65504 becomes infinite, so a network that was
#   tried on the processor works on a graphics card.
# Does: the processor has no kernels for it, so onnxruntime computes in float32 and drops the casts to float16 and back between nodes:
#   300 * 300 / 300 is 300, where the standard's evaluator says infinity. Each output of the graph is rounded by itself, so one run can
#   say that a square is infinite and its quotient is not; with all optimizations off it is the same. A converted
#   network that overflows can pass every test on the processor.
# Seen 2026-11:
#   > reference: square inf, quotient inf
#   > onnxruntime, optimized: square inf, quotient 300.0
#   > onnxruntime, not optimized: square inf, quotient 300.0
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env
env/bin/pip install --quiet onnxruntime==1.32.0 onnx==1.23.2
cat > square.py <<'PY'
import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

half = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT16, ["n"])
nodes = [helper.make_node("Mul", ["x", "x"], ["square"]), helper.make_node("Div", ["square", "x"], ["quotient"])]
graph = helper.make_graph(nodes, "graph", [half("x")], [half("square"), half("quotient")])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def say(who, run):
    square, quotient = run(None, {"x": np.array([300], np.float16)})
    print(f"{who}: square {square[0]}, quotient {quotient[0]}")


say("reference", ReferenceEvaluator(model).run)
for name, level in [("optimized", "ORT_ENABLE_ALL"), ("not optimized", "ORT_DISABLE_ALL")]:
    options = ort.SessionOptions()
    options.graph_optimization_level = getattr(ort.GraphOptimizationLevel, level)
    say(f"onnxruntime, {name}", ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"]).run)
PY
env/bin/python square.py 2> /dev/null | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
