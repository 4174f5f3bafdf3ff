#!/usr/bin/env bash
# Software: torchmetrics 1.9.0, torch 2.15.0, scikit-learn 1.9.1, numpy 2.4.6, Linux x64, Python 3.11
# Expected: BinaryAUROC ranks scores, so it takes any numbers, and gives the same whether they come in one batch or in many.
# Does: each batch that has a score outside of 0 to 1 goes through a sigmoid, the others stay as they are: .9 is .71 in one batch and .9
#   in the next. Scores that are distances, as those of anomalies are, mostly below 1 and now and then above, are so ranked by
#   who was in their batch: the figure changes with the batch size, without a word. Scores brought to 0 to 1 first, or scikit-learn,
#   settle it.
# Seen 2026-11:
#   > scikit-learn: 0.78
#   > all at once: 0.78
#   > in batches of 10: 0.71
#   > in batches of 1: 0.70
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env
env/bin/pip install --quiet torchmetrics==1.9.0 torch==2.15.0 scikit-learn==1.9.1 numpy==2.4.6
cat > rank.py <<'PY'
import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torchmetrics.classification import BinaryAUROC

random = np.random.default_rng(0)
bad = random.random(1000) < 0.2
# Distances to the nearest good patch: .5 to .95 for good images, .15 more for bad ones.
scores = 0.5 + 0.45 * random.random(1000) + 0.15 * bad
print(f"scikit-learn: {roc_auc_score(bad, scores):.2f}")
for name, size in [("all at once", 1000), ("in batches of 10", 10), ("in batches of 1", 1)]:
    metric = BinaryAUROC()
    for start in range(0, 1000, size):
        metric.update(torch.tensor(scores[start : start + size]), torch.tensor(bad[start : start + size]).int())
    print(f"{name}: {metric.compute():.2f}")
PY
env/bin/python rank.py 2> /dev/null | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
