"""Reads a store with pylance, its Parquet export with DuckDB and pandas, and computes its tokens again from the exported ONNX.

Run by hand, with what is not in requirements.txt: pip install pylance==14.0.2 duckdb==2.0.1 pandas==3.1.1 pyarrow==26.0.1
  dinokit index photos/ --store photos.store --float16 --patches
  dinokit store export photos.store --out photos.parquet
  dinokit export tiny --size 224 --out tiny.onnx
  python goldens/read_store.py photos.store photos.parquet tiny.onnx
"""

import json
import sys

import duckdb
import lance
import numpy as np
import onnxruntime
import pandas
import pyarrow.parquet

from by_card import card_of, prepared

store, parquet, model = sys.argv[1:]

# The store: one table of images, one of large tensors, joined by key. Shapes are in the metadata of the table `rows`.
images = lance.dataset(f"{store}/images.lance").to_table().to_pandas().set_index("key")
layout = json.loads(lance.dataset(f"{store}/rows.lance").schema.metadata[b"dinokit"])
shape = layout["tensors"]["patches"]
tokens = lance.dataset(f"{store}/tokens.lance").to_table().to_pandas().set_index("key")
patches = {images.id[key]: np.asarray(row).reshape(shape) for key, row in tokens.patches.items()}
cls = {row.id: np.asarray(row.cls) for row in images.itertuples()}
print("pylance:", len(cls), "rows, cls", next(iter(cls.values())).dtype, "patches", shape)

# Parquet: one row an image.
print(pyarrow.parquet.read_schema(parquet).remove_metadata())
frame = pandas.read_parquet(parquet)
for row in frame.itertuples():
    assert np.array_equal(np.asarray(row.cls), cls[row.id]), row.id
    assert np.array_equal(np.asarray(row.patches).reshape(shape), patches[row.id]), row.id
print("pandas: equal to the bit,", frame.cls[0].dtype)
near = duckdb.sql(
    f"""
    SELECT b.id, list_cosine_similarity(a.cls::FLOAT[], b.cls::FLOAT[]) AS similarity
      FROM '{parquet}' a, '{parquet}' b WHERE a.id = '{frame.id[0]}' ORDER BY similarity DESC
    """
).fetchall()
print("DuckDB:", near)
assert near[0][0] == frame.id[0]

# The model; run_in_daft.py runs it in batches of Daft.
session = onnxruntime.InferenceSession(model)
steps = card_of(session)["preprocessing"]
pixels = np.stack([prepared(row.source, steps) for row in images.itertuples()])
(again,) = session.run(["cls"], {"pixels": pixels})
largest = max(float(np.abs(one - cls[row.id].astype(np.float32)).max()) for one, row in zip(again, images.itertuples()))
print("ONNX: the largest difference from the store's 16 bits is", largest)
assert largest < 2e-3 * max(1.0, float(np.abs(again).max()))
