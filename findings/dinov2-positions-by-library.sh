#!/usr/bin/env bash
# Software: timm 1.0.31, transformers 5.24.0, torch 2.15.0, Linux x64, Python 3.11
# Expected: timm and transformers give the same vectors for the same weights of DINOv2, at 224 pixels as at 518.
# Does: the weights have positions for 37x37 patches; for the 16x16 of 224 pixels timm reduces their table with `antialias`, transformers without,
#   and Meta's own code without and by a factor of (16 + 0.1) / 37. What is not smooth in the table becomes another thing: of
#   a table of noise the two results have a cosine of 0.6. So vectors of one library can't be searched with the other's, though at 518, where most
#   compare them, they agree. dinokit has the three ways, and a store remembers which (docs/models.md).
# Seen 2026-11:
#   > 518 pixels: the same
#   > 224 pixels: cosine 0.6
#   > 224 pixels, timm without antialias: the same
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env
env/bin/pip install --quiet timm==1.0.31 transformers==5.24.0 torch==2.15.0
cat > positions.py <<'PY'
import timm
import torch
from timm.layers import resample_abs_pos_embed
from transformers import Dinov2Config, Dinov2Model

torch.set_grad_enabled(False)
torch.manual_seed(0)
by_timm = timm.create_model("vit_small_patch14_dinov2", num_classes=0, dynamic_img_size=True).eval()
config = Dinov2Config(hidden_size=384, num_attention_heads=6, num_hidden_layers=1, image_size=518, patch_size=14)
by_transformers = Dinov2Model(config).eval()
table = torch.randn(1, 1 + 37 * 37, 384)
by_transformers.embeddings.position_embeddings.data.copy_(table)
by_timm.pos_embed.data.copy_(table)


def say(what, one, other):
    cosine = torch.nn.functional.cosine_similarity(one.flatten(), other.flatten(), 0).item()
    print(f"{what}: " + ("the same" if torch.allclose(one, other, atol=1e-4) else f"cosine {cosine:.1f}"))


for side in (518, 224):
    # The positions are what the first layer is given, less the patches; those are zero, and so is the class token.
    by_timm.patch_embed.proj.weight.zero_(), by_timm.patch_embed.proj.bias.zero_(), by_timm.cls_token.zero_()
    image, tokens = torch.zeros(1, 3, side, side), torch.zeros(1, 1 + (side // 14) ** 2, 384)
    given = by_timm._pos_embed(by_timm.patch_embed(image))
    wanted = by_transformers.embeddings.interpolate_pos_encoding(tokens, side, side)
    say(f"{side} pixels", given, wanted)
say("224 pixels, timm without antialias", resample_abs_pos_embed(table, [16, 16], num_prefix_tokens=1, antialias=False), wanted)
PY
env/bin/python positions.py 2> /dev/null | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
