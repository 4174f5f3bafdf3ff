"""What timm's vision transformers are by the name of their architecture, as data: what their files don't say.

    python make_timm_architectures.py

Writes packages/vit/src/lib/timm-architectures.generated.ts: the width of a token, attention heads; and epsilon and activation where they are not 1e-6 and
GELU. Models are made without memory (on torch's device "meta").
"""

from collections import defaultdict
from pathlib import Path

import timm
import torch

OUT = Path(__file__).parent.parent / "packages/vit/src/lib/timm-architectures.generated.ts"
ACTIVATIONS = {"GELU": "gelu", "GELUTanh": "gelu_tanh", "QuickGELU": "quick_gelu", "SiLU": "silu", "ReLU": "relu"}


def facts(name: str) -> tuple | None:
    with torch.device("meta"):
        model = timm.create_model(name, pretrained=False)
    block = model.blocks[0] if hasattr(model, "blocks") else None
    heads = getattr(getattr(block, "attn", None), "num_heads", None)
    act = getattr(getattr(block, "mlp", None), "act", None)
    eps = getattr(getattr(block, "norm1", None), "eps", None)
    activation = ACTIVATIONS.get(type(act).__name__)
    if heads is None or eps is None or activation is None:
        return None
    return model.embed_dim, heads, eps, activation


def main() -> None:
    names = [n for module in ("vision_transformer", "deit") for n in timm.list_models(module=module)]
    names += [n for n in timm.list_models(module="eva") if "dinov3" in n or "lingbot" in n]
    groups: dict[tuple, list[str]] = defaultdict(list)
    for name in sorted(set(names)):
        found = facts(name)
        if found:
            groups[found].append(name)
    lines = [
        f"// Made by goldens/make_timm_architectures.py from timm {timm.__version__}. Don't edit.",
        "/** What an architecture of timm's has that its files don't say. */",
        "export interface TimmArchitectures {",
        "  /** Width of a token. */",
        "  readonly dim: number",
        "  readonly heads: number",
        "  readonly eps: number",
        "  readonly activation: 'gelu' | 'gelu_tanh' | 'quick_gelu' | 'silu' | 'relu'",
        "  /** Names, each followed by a space. */",
        "  readonly names: string",
        "}",
        "",
        "/** The version of timm that it was read from. */",
        f"export const TIMM_VERSION = '{timm.__version__}'",
        "",
        "// prettier-ignore",
        "export const TIMM_ARCHITECTURES: readonly TimmArchitectures[] = [",
    ]
    for (dim, heads, eps, activation), members in sorted(groups.items()):
        eps_text = f"{eps:g}".replace("e-0", "e-")
        lines.append(f"  {{ dim: {dim}, heads: {heads}, eps: {eps_text}, activation: '{activation}', names: '{' '.join(members)} ' }},")
    OUT.write_text("\n".join([*lines, "]", ""]))


if __name__ == "__main__":
    main()
