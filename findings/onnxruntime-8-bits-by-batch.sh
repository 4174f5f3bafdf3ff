#!/usr/bin/env bash
# Software: onnxruntime 1.32.0 (quantize_dynamic, CPU), onnx 1.23.2, numpy 2.4.6, Linux x64, Python 3.11
# Expected: what a network gives for an image does not depend on which images are in its batch; in 8 bits, too, as each row has its own.
# Does: the scale of inputs is one for the whole tensor, its smallest to its largest number, over all images and tokens of the run. An
#   image beside one with a large token, as DINOv2 has them, is left with fewer levels: its vector changes with its batch, and a
#   search of stored vectors depends on how they were batched. Vectors are the same again where each image is run alone.
#   docs/models.md says so (decisions/0075).
# Seen 2026-11:
#   > alone: cosine to float32 more than 0.999
#   > beside a row like it: cosine to float32 more than 0.999
#   > beside a row 100 times as large: cosine to float32 less than 0.95
#   > float32 beside a row 100 times as large: the same as alone
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env
env/bin/pip install --quiet onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cat > batch.py <<'PY'
import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import quantize_dynamic

random = np.random.default_rng(0)
weight = numpy_helper.from_array(random.normal(size=(64, 64)).astype(np.float32), "weight")
value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", 64])
graph = helper.make_graph([helper.make_node("MatMul", ["x", "weight"], ["y"])], "graph", [value("x")], [value("y")], [weight])
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), "float.onnx")
quantize_dynamic("float.onnx", "int8.onnx")
by_float, by_int8 = [ort.InferenceSession(file, providers=["CPUExecutionProvider"]) for file in ("float.onnx", "int8.onnx")]
row, other = random.normal(size=(2, 1, 64)).astype(np.float32)
first = lambda session, *rows: session.run(None, {"x": np.concatenate(rows)})[0][0]
wanted = first(by_float, row)
for name, rows in [("alone", [row]), ("beside a row like it", [row, other]), ("beside a row 100 times as large", [row, 100 * other])]:
    found = first(by_int8, *rows)
    cosine = found @ wanted / np.linalg.norm(found) / np.linalg.norm(wanted)
    word = "more than 0.999" if cosine > 0.999 else "less than 0.95" if cosine < 0.95 else "between"
    print(f"{name}: cosine to float32 {word}")
same = np.allclose(first(by_float, row, 100 * other), wanted, atol=1e-4)
print(f"float32 beside a row 100 times as large: {'the same as alone' if same else 'other numbers'}")
PY
env/bin/python batch.py 2> /dev/null | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
