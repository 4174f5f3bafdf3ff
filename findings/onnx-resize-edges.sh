#!/usr/bin/env bash
# Software: onnxruntime 1.32.0 (CPU), onnx 1.23.2 and its reference evaluator, Pillow 12.0.0, numpy 2.4.6, Python 3.11
# Expected: ONNX's Resize with `antialias` and cubic_coeff_a -0.5 is Pillow's bicubic, so preprocessing can move into the graph, and positions
#   are reduced there as timm reduces them.
# Does: inside it is, but along the edges a filter that reaches beyond the image counts the outermost pixel again for each place that it
#   reaches, where Pillow and PyTorch leave these places out: hundredths of the range there. Enlarging differs so by `cubic`, too. Only
#   `exclude_outside` = 1, which is 0 by default, gives Pillow's numbers, of linear as well. Of a table of
#   16x16 positions the edge is a quarter. dinokit resizes outside of the graph (docs/images.md).
# Seen 2026-11:
#   > linear 37 to 16: edges differ, inside the same; with exclude_outside the same
#   > linear 37 to 48: all the same; with exclude_outside the same
#   > cubic 37 to 16: edges differ, inside the same; with exclude_outside the same
#   > cubic 37 to 48: edges differ, inside the same; with exclude_outside the same
#   > the reference evaluator: as onnxruntime
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env
env/bin/pip install --quiet onnxruntime==1.32.0 onnx==1.23.2 pillow==12.0.0 numpy==2.4.6
cat > resize.py <<'PY'
import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from PIL import Image

image = np.random.default_rng(0).random((37, 37)).astype(np.float32)


def model(mode, side, exclude_outside):
    value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
    sizes = numpy_helper.from_array(np.array([1, 1, side, side], np.int64), "sizes")
    options = dict(mode=mode, antialias=1, cubic_coeff_a=-0.5, exclude_outside=exclude_outside)
    nodes = [helper.make_node("Resize", ["x", "", "", "sizes"], ["y"], **options)]
    graph = helper.make_graph(nodes, "graph", [value("x")], [value("y")], [sizes])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def resized(mode, side, exclude_outside):
    session = ort.InferenceSession(model(mode, side, exclude_outside).SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": image[None, None]})[0][0, 0]


for mode, filter in [("linear", Image.Resampling.BILINEAR), ("cubic", Image.Resampling.BICUBIC)]:
    for side in (16, 48):
        wanted = np.asarray(Image.fromarray(image).resize((side, side), filter))
        apart, excluded = [np.abs(resized(mode, side, exclude) - wanted) > 1e-3 for exclude in (0, 1)]
        said = "all the same" if not apart.any() else "inside differs" if apart[3:-3, 3:-3].any() else "edges differ, inside the same"
        print(f"{mode} 37 to {side}: {said}; with exclude_outside {'other' if excluded.any() else 'the same'}")
reference = ReferenceEvaluator(model("cubic", 16, 0)).run(None, {"x": image[None, None]})[0][0, 0]
print(f"the reference evaluator: {'as onnxruntime' if np.allclose(reference, resized('cubic', 16, 0), atol=1e-4) else 'other numbers'}")
PY
env/bin/python resize.py | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
