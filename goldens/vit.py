"""DINOv2's network in PyTorch, written out plainly: the reference that the expected numbers come from.

Tensor names are Meta's (facebookresearch/dinov2). `to_hugging_face` gives the same weights the names of transformers'
Dinov2Model and Dinov2WithRegistersModel, which serve as a second, independent reference.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
PATCH = 14


@dataclass(frozen=True)
class Card:
    dim: int
    depth: int
    heads: int
    ffn: str  # 'mlp' or 'swiglu'
    hidden: int
    registers: int
    grid: tuple[int, int]

    def json(self) -> dict:
        return {
            "dim": self.dim,
            "depth": self.depth,
            "heads": self.heads,
            "patch": PATCH,
            "ffn": self.ffn,
            "ffnHidden": self.hidden,
            "registers": self.registers,
            "positionGrid": list(self.grid),
            "interpolateAntialias": self.registers > 0,
            "interpolateOffset": 0.0 if self.registers > 0 else 0.1,
            "layerNormEps": 1e-6,
            "pixelMean": list(MEAN),
            "pixelStd": list(STD),
        }


class Attention(nn.Module):
    def __init__(self, dim: int, heads: int):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        batch, tokens, dim = x.shape
        q, k, v = self.qkv(x).reshape(batch, tokens, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) * (dim // self.heads) ** -0.5).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(batch, tokens, dim)), weights


class Mlp(nn.Module):
    def __init__(self, dim: int, hidden: int):
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc2(F.gelu(self.fc1(x)))


class SwiGlu(nn.Module):
    def __init__(self, dim: int, hidden: int):
        super().__init__()
        self.w12 = nn.Linear(dim, 2 * hidden)
        self.w3 = nn.Linear(hidden, dim)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gate, value = self.w12(x).chunk(2, dim=-1)
        return self.w3(F.silu(gate) * value)


class LayerScale(nn.Module):
    def __init__(self, dim: int):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(dim))


class Block(nn.Module):
    def __init__(self, card: Card):
        super().__init__()
        self.norm1 = nn.LayerNorm(card.dim, eps=1e-6)
        self.attn = Attention(card.dim, card.heads)
        self.ls1 = LayerScale(card.dim)
        self.norm2 = nn.LayerNorm(card.dim, eps=1e-6)
        self.mlp = (Mlp if card.ffn == "mlp" else SwiGlu)(card.dim, card.hidden)
        self.ls2 = LayerScale(card.dim)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        attended, weights = self.attn(self.norm1(x))
        x = x + self.ls1.gamma * attended
        return x + self.ls2.gamma * self.mlp(self.norm2(x)), weights


class PatchEmbed(nn.Module):
    def __init__(self, dim: int):
        super().__init__()
        self.proj = nn.Conv2d(3, dim, PATCH, PATCH)


class Vit(nn.Module):
    """uint8 [batch][height][width][3] in, or normalized floats [batch][3][height][width]; tokens, layers and attention out."""

    def __init__(self, card: Card):
        super().__init__()
        self.card = card
        rows, columns = card.grid
        self.cls_token = nn.Parameter(torch.zeros(1, 1, card.dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + rows * columns, card.dim))
        if card.registers > 0:
            self.register_tokens = nn.Parameter(torch.zeros(1, card.registers, card.dim))
        self.mask_token = nn.Parameter(torch.zeros(1, card.dim))
        self.patch_embed = PatchEmbed(card.dim)
        self.blocks = nn.ModuleList(Block(card) for _ in range(card.depth))
        self.norm = nn.LayerNorm(card.dim, eps=1e-6)

    def positions(self, rows: int, columns: int) -> torch.Tensor:
        own_rows, own_columns = self.card.grid
        if (rows, columns) == self.card.grid:
            return self.pos_embed
        grid = self.pos_embed[:, 1:].reshape(1, own_rows, own_columns, -1).permute(0, 3, 1, 2)
        if self.card.registers > 0:
            grid = F.interpolate(grid, size=(rows, columns), mode="bicubic", antialias=True)
        else:
            # Meta passes the scale factor on, with its offset of .1: the sampling step is own / (n + .1).
            scale = ((rows + 0.1) / own_rows, (columns + 0.1) / own_columns)
            grid = F.interpolate(grid, scale_factor=scale, mode="bicubic", antialias=False)
        assert grid.shape[-2:] == (rows, columns)
        return torch.cat([self.pos_embed[:, :1], grid.flatten(2).transpose(1, 2)], dim=1)

    def forward(self, pixels: torch.Tensor, mask: torch.Tensor | None = None) -> dict:
        image = normalize(pixels) if pixels.dtype == torch.uint8 else pixels
        batch, _, height, width = image.shape
        rows, columns = height // PATCH, width // PATCH
        patches = self.patch_embed.proj(image).flatten(2).transpose(1, 2)
        if mask is not None:
            patches = torch.where(mask.unsqueeze(-1), self.mask_token, patches)
        x = torch.cat([self.cls_token.expand(batch, -1, -1), patches], dim=1) + self.positions(rows, columns)
        if self.card.registers > 0:
            x = torch.cat([x[:, :1], self.register_tokens.expand(batch, -1, -1), x[:, 1:]], dim=1)
        layers, attention = [], []
        for block in self.blocks:
            x, weights = block(x)
            layers.append(x)
            attention.append(weights)
        first = 1 + self.card.registers
        normed = self.norm(x)
        return {
            "prenorm": x,
            "tokens": normed,
            "cls": normed[:, 0],
            "registers": normed[:, 1:first],
            "patches": normed[:, first:],
            "layers": layers,
            "attention": attention,
        }


def normalize(pixels: torch.Tensor) -> torch.Tensor:
    """uint8 [batch][height][width][3] to float32 [batch][3][height][width]."""
    mean, std = torch.tensor(MEAN), torch.tensor(STD)
    return ((pixels.float() / 255 - mean) / std).permute(0, 3, 1, 2)


def randomize(module: nn.Module, seed: int, scale: float = 0.5) -> None:
    """Weights that make every part matter: no bias, gamma or token is 0, and no norm is the identity."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if name.endswith("gamma"):
                parameter.copy_(0.6 + 0.2 * noise)
            elif parameter.dim() == 1 and "norm" in name and name.endswith("weight"):
                parameter.copy_(1 + 0.1 * noise)
            elif parameter.dim() == 1:
                parameter.copy_(0.1 * noise)
            elif name.endswith("_token") or name.endswith("_tokens") or name == "pos_embed":
                parameter.copy_(scale * noise)
            else:
                parameter.copy_(noise * parameter[0].numel() ** -0.5)


def to_hugging_face(vit: Vit) -> nn.Module:
    """The same weights in transformers' model of the same card."""
    from transformers import Dinov2Config, Dinov2Model, Dinov2WithRegistersConfig, Dinov2WithRegistersModel

    card = vit.card
    assert card.grid[0] == card.grid[1], "transformers knows square grids only"
    options = dict(
        hidden_size=card.dim,
        num_hidden_layers=card.depth,
        num_attention_heads=card.heads,
        mlp_ratio=4,
        image_size=card.grid[0] * PATCH,
        patch_size=PATCH,
        use_swiglu_ffn=card.ffn == "swiglu",
        layer_norm_eps=1e-6,
        attn_implementation="eager",
    )
    if card.registers > 0:
        model = Dinov2WithRegistersModel(Dinov2WithRegistersConfig(num_register_tokens=card.registers, **options))
    else:
        model = Dinov2Model(Dinov2Config(**options))
    model.load_state_dict(hugging_face_names(vit, set(model.state_dict())), strict=True)
    return model.eval()


def hugging_face_names(vit: Vit, known: set[str]) -> dict[str, torch.Tensor]:
    own = vit.state_dict()
    named = {
        "embeddings.cls_token": own["cls_token"],
        "embeddings.mask_token": own["mask_token"],
        "embeddings.position_embeddings": own["pos_embed"],
        "embeddings.patch_embeddings.projection.weight": own["patch_embed.proj.weight"],
        "embeddings.patch_embeddings.projection.bias": own["patch_embed.proj.bias"],
        "layernorm.weight": own["norm.weight"],
        "layernorm.bias": own["norm.bias"],
    }
    if "register_tokens" in own:
        named["embeddings.register_tokens"] = own["register_tokens"]
    # The prefix of a layer, and the names of its parts, have changed between releases: what the model has decides.
    prefix = next(name.split(".0.")[0] for name in known if ".0.norm1.weight" in name)
    parts = {
        "norm1": "norm1",
        "norm2": "norm2",
        "attn.proj": first(known, f"{prefix}.0.", ("attention.output.dense", "attention.o_proj")),
        "mlp.fc1": "mlp.fc1",
        "mlp.fc2": "mlp.fc2",
        "mlp.w12": first(known, f"{prefix}.0.", ("mlp.weights_in", "mlp.gate_up_proj")),
        "mlp.w3": first(known, f"{prefix}.0.", ("mlp.weights_out", "mlp.down_proj")),
    }
    for index in range(vit.card.depth):
        at = f"{prefix}.{index}."
        for name, value in own.items():
            if not name.startswith(f"blocks.{index}."):
                continue
            part, kind = name.removeprefix(f"blocks.{index}.").rsplit(".", 1)
            if part in ("ls1", "ls2"):
                named[f"{at}layer_scale{part[-1]}.lambda1"] = value
            elif part == "attn.qkv":
                for one, projection in zip(value.chunk(3), ("query", "key", "value")):
                    short = f"{at}attention.{projection[0]}_proj.{kind}"
                    named[short if short in known else f"{at}attention.attention.{projection}.{kind}"] = one
            elif part == "mlp.w12" and f"{at}mlp.gate_proj.{kind}" in known:
                named[f"{at}mlp.gate_proj.{kind}"], named[f"{at}mlp.up_proj.{kind}"] = value.chunk(2)
            else:
                named[f"{at}{parts[part]}.{kind}"] = value
    return named


def first(known: set[str], at: str, names: tuple[str, ...]) -> str:
    return next((name for name in names if f"{at}{name}.weight" in known), names[0])
