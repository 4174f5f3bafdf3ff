#!/usr/bin/env bash
# Software: onnxruntime 1.32.0 (CPU, x64), onnx 1.23.2, numpy 2.4.6, Python 3.11
# Expected: the largest of numbers of which one is NaN is NaN, as with numpy and PyTorch, or at least the same wherever it stands; so
#   a look at a result's largest value tells whether there is NaN in it.
# Does: ReduceMax, ReduceMin and ArgMax see NaN where it comes first, and pass over it elsewhere; MaxPool passes over it everywhere. A network
#   whose numbers broke in the middle goes on to name a class, and which one depends on the place of what broke. Relu, Clip, Max of
#   two inputs, TopK and Softmax do give NaN. dinokit asks all numbers of a result, and not the largest.
# Seen 2026-11:
#   > NaN 1 2: ReduceMax nan, ReduceMin nan, ArgMax 0, TopK nan, MaxPool 2, Relu has NaN; numpy nan, argmax 0
#   > 1 NaN 2: ReduceMax 2, ReduceMin 1, ArgMax 2, TopK nan, MaxPool 2, Relu has NaN; numpy nan, argmax 1
#   > 1 2 NaN: ReduceMax 2, ReduceMin 1, ArgMax 1, TopK nan, MaxPool 2, Relu has NaN; numpy nan, argmax 2
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env
env/bin/pip install --quiet onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cat > largest.py <<'PY'
import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

ort.set_default_logger_severity(3)
ONE = numpy_helper.from_array(np.array([1], np.int64), "one")


def run(operator, values, inputs=("x",), outputs=("y",), kind=TensorProto.FLOAT, **attributes):
    node = helper.make_node(operator, inputs, outputs, **attributes)
    known, found = helper.make_tensor_value_info("x", TensorProto.FLOAT, None), helper.make_tensor_value_info("y", kind, None)
    graph = helper.make_graph([node], "graph", [known], [found], [ONE] if "one" in inputs else [])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    return ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": values})[0]


nan = np.nan
for row in ([nan, 1, 2], [1, nan, 2], [1, 2, nan]):
    values = np.array([[row]], np.float32)
    found = {
        "ReduceMax": run("ReduceMax", values, keepdims=0),
        "ReduceMin": run("ReduceMin", values, keepdims=0),
        "ArgMax": run("ArgMax", values, kind=TensorProto.INT64, axis=2, keepdims=0).item(),
        "TopK": run("TopK", values, inputs=("x", "one"), outputs=("y", "place")).item(),
        "MaxPool": run("MaxPool", values, kernel_shape=[3]).item(),
    }
    said = ", ".join(f"{name} {value:.0f}" for name, value in found.items())
    relu = "has NaN" if np.isnan(run("Relu", values)).any() else "has none"
    name = " ".join("NaN" if np.isnan(value) else f"{value}" for value in row)
    print(f"{name}: {said}, Relu {relu}; numpy {values.max():.0f}, argmax {values.argmax()}")
PY
env/bin/python largest.py | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
