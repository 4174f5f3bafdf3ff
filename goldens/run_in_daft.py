"""Computes the tokens of a store again in Daft: the exported ONNX and its card on the images that the store names.

Run by hand, with what is not in requirements.txt: pip install daft==0.7.26 pylance==14.0.2
  dinokit index photos/ --store photos.store --patches
  dinokit export tiny --size 224 --out tiny.onnx
  python goldens/run_in_daft.py photos.store tiny.onnx

Seen 2026-11 with Python 3.11 and onnxruntime 1.32.0, on the images of examples/first-look (absolute: 2.6e-5 and 1.2e-4):
  > Daft 0.7.26: 4 images; largest differences from the store: {'cls': 2.2432070181821473e-05, 'patches': 9.453296661376953e-05}
"""

import json
import sys

import daft
import lance
import numpy as np
import onnxruntime

from by_card import card_of, prepared

store, model = sys.argv[1:]

# The card is in the ONNX file.
card = card_of(onnxruntime.InferenceSession(model))
steps = card["preprocessing"]
crop = steps["crop"]
layout = json.loads(lance.dataset(f"{store}/rows.lance").schema.metadata[b"dinokit"])
assert layout["fingerprint"]["model"] == card["id"], "the store is another model's"
assert layout["dtype"] == "float32", "the store keeps 16 bits"
grid, width = crop // card["architecture"]["patch"], card["architecture"]["dim"]


@daft.func.batch(return_dtype=daft.DataType.tensor(daft.DataType.uint8(), (crop, crop, 3)))
def prepare(paths):
    """Images as the card says."""
    return [prepared(path, steps) for path in paths.to_pylist()]


@daft.cls
class Tokens:
    """The network, loaded once by each worker of Daft."""

    def __init__(self, path: str):
        self.session = onnxruntime.InferenceSession(path)

    @daft.method.batch(
        return_dtype=daft.DataType.struct(
            {
                "cls": daft.DataType.tensor(daft.DataType.float32(), (width,)),
                "patches": daft.DataType.tensor(daft.DataType.float32(), (grid, grid, width)),
            }
        ),
        batch_size=16,
    )
    def run(self, pixels):
        cls, patches = self.session.run(["cls", "patches"], {"pixels": np.stack(pixels.to_pylist())})
        return [{"cls": one, "patches": many} for one, many in zip(cls, patches)]


images = lance.dataset(f"{store}/images.lance").to_table().to_pandas()
stored = {row.id: np.asarray(row.cls) for row in images.itertuples()}
large = lance.dataset(f"{store}/tokens.lance").to_table().to_pandas().set_index("key")
stored_patches = {row.id: np.asarray(large.patches[row.key]).reshape(grid, grid, width) for row in images.itertuples()}

frame = daft.from_pydict({"id": images.id.tolist(), "source": images.source.tolist()})
frame = frame.with_column("tokens", Tokens(model).run(prepare(frame["source"])))
largest = {"cls": 0.0, "patches": 0.0}
for row in frame.select("id", "tokens").to_pylist():
    for name, expected in (("cls", stored[row["id"]]), ("patches", stored_patches[row["id"]])):
        # Of a value above 1, as a part of it: the tokens of this network go up to 25.
        difference = np.abs(np.asarray(row["tokens"][name]) - expected) / np.maximum(1, np.abs(expected))
        largest[name] = max(largest[name], float(difference.max()))
print(f"Daft {daft.__version__}: {len(stored)} images; largest differences from the store:", largest)
assert max(largest.values()) <= 1e-4
