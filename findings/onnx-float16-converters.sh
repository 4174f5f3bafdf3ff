#!/usr/bin/env bash
# Software: onnxconverter-common 1.16.0 and onnxruntime 1.32.0 (onnxruntime.transformers.float16), onnx 1.23.2, numpy 2.4.6, Python 3.11
# Expected: `convert_float_to_float16` of both packages rounds weights as a cast to float16 does: what is too large becomes infinite, what is too
#   small becomes 0, and all between is next to what it was.
# Does: onnxconverter-common cuts at 10000, though float16 reaches 65504 (20000 becomes 10000), and lifts all that is not 0 to 1e-7;
#   onnxruntime's copy of it cuts at 65504 and lifts to 6e-8. A warning is all that tells. A file that "is the same in half precision"
#   is not, by which of the two made it: registers and masks of large numbers shrink, and tiny scales grow. dinokit casts.
# Seen 2026-11:
#   > numbers 70000 20000 1e-06 1e-09 0
#   > a cast inf 20000 1e-06 0 0
#   > onnxconverter-common 10000 10000 1e-06 1e-07 0
#   > onnxruntime 65504 20000 1e-06 6e-08 0
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env
env/bin/pip install --quiet onnxconverter-common==1.16.0 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cat > convert.py <<'PY'
import numpy as np
from onnx import TensorProto, helper, numpy_helper
from onnxconverter_common import float16 as common
from onnxruntime.transformers import float16 as own

weights = np.array([70000, 20000, 1e-6, 1e-9, 0], np.float32)


def say(what, values):
    print(what, *[f"{float(value):.0e}" if 0 < value < 1 else f"{float(value):.0f}" for value in values])


def converted(module):
    value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [5])
    nodes = [helper.make_node("Add", ["x", "weights"], ["y"])]
    graph = helper.make_graph(nodes, "graph", [value("x")], [value("y")], [numpy_helper.from_array(weights, "weights")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return numpy_helper.to_array(module.convert_float_to_float16(model).graph.initializer[0])


say("numbers", weights)
say("a cast", weights.astype(np.float16))
say("onnxconverter-common", converted(common))
say("onnxruntime", converted(own))
PY
env/bin/python convert.py 2> /dev/null | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
