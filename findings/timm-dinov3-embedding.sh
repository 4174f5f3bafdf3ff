#!/usr/bin/env bash
# Software: timm 1.0.31, torch 2.15.0, Linux x64, Python 3.11
# Expected: `create_model(NAME, num_classes=0)` gives the same kind of vector for DINOv3 as for DINOv2: the normed class token, which Meta
#   evaluates by nearest neighbors, and which transformers gives as `pooler_output` of both.
# Does: for DINOv2 it is the class token, for DINOv3 the mean of the patches, without the class token and the registers. A store that was
#   moved from one to the other, or is searched with vectors of transformers, holds another kind of vector. dinokit indexes the class token
#   of both, whatever timm's `global_pool` says, and names the kind in the fingerprint (decisions/0091).
# Seen 2026-11:
#   > vit_small_patch14_dinov2: the class token
#   > vit_small_patch14_reg4_dinov2: the class token
#   > vit_small_patch16_dinov3: the mean of the patches
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv .
bin/pip install --quiet timm==1.0.31 torch==2.15.0
cat > pooled.py <<'PY'
import timm
import torch

torch.set_grad_enabled(False)
torch.manual_seed(0)
for name in ["vit_small_patch14_dinov2", "vit_small_patch14_reg4_dinov2", "vit_small_patch16_dinov3"]:
    model = timm.create_model(name, num_classes=0).eval()
    side = model.pretrained_cfg["input_size"][1]
    image = torch.randn(1, 3, side, side)
    given, tokens = model(image)[0], model.forward_features(image)[0]
    kinds = {"the class token": tokens[0], "the mean of the patches": tokens[model.num_prefix_tokens :].mean(0)}
    print(f"{name}:", *[kind for kind, vector in kinds.items() if torch.allclose(given, vector, atol=1e-5)])
PY
bin/python pooled.py | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
