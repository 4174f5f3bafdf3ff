"""A register at test time (arXiv 2506.08010) in the small backbone without registers, and the neurons that would be its.

    python make_registers.py

Written out in PyTorch with hooks: one token of zeros more, which takes the largest activation of each neuron, while the patches' become 0.
"""

import torch

from files import pixels, write
from make_backbones import backbone
from vit import Vit, normalize

NEURONS = [(1, 5), (2, 17), (2, 90), (4, 40)]
TIMES_MEDIAN = 1.2


def tokens_of(vit: Vit, images: torch.Tensor) -> torch.Tensor:
    image = normalize(images)
    grid = image.shape[2] // 14, image.shape[3] // 14
    patches = vit.patch_embed.proj(image).flatten(2).transpose(1, 2)
    return torch.cat([vit.cls_token.expand(len(images), -1, -1), patches], dim=1) + vit.positions(*grid)


def with_register(vit: Vit, images: torch.Tensor) -> dict:
    x = tokens_of(vit, images)
    x = torch.cat([x, torch.zeros_like(x[:, :1])], dim=1)
    for layer, block in enumerate(vit.blocks, 1):
        own = [neuron for at, neuron in NEURONS if at == layer]

        def move(_: object, inputs: tuple) -> tuple:
            moved = inputs[0].clone()
            for neuron in own:
                moved[:, -1, neuron] = inputs[0][:, :, neuron].max(dim=1).values
                moved[:, 1:-1, neuron] = 0
            return (moved,)

        hook = block.mlp.fc2.register_forward_pre_hook(move)
        x, attention = block(x)
        hook.remove()
    normed = vit.norm(x)[:, :-1]
    return {"cls": normed[:, 0], "patches": normed[:, 1:], "raw": x[:1, 1:4], "attention": attention[:1, :, :-1, :-1]}


def neurons_of(vit: Vit, images: torch.Tensor, layer: int = 3) -> dict:
    """Of images one at a time: mean absolute activations, in the first layers, at patches that are long after a later one."""
    scores, seen = torch.zeros(layer, vit.card.hidden), 0
    for image in images:
        x, activations = tokens_of(vit, image[None]), []
        hooks = [block.mlp.fc2.register_forward_pre_hook(lambda _, inputs: activations.append(inputs[0][0])) for block in vit.blocks]
        for block in vit.blocks[:layer]:
            x, _ = block(x)
        for hook in hooks:
            hook.remove()
        lengths = x[0, 1:].norm(dim=-1)
        outliers = 1 + torch.where(lengths > TIMES_MEDIAN * lengths.sort().values[len(lengths) // 2])[0]
        if len(outliers) == 0:
            continue
        seen += 1
        scores += torch.stack([each[outliers].abs().mean(dim=0) for each in activations])
    values, places = (scores / seen).flatten().topk(8)
    return {"layers": (places // vit.card.hidden + 1).int(), "neurons": (places % vit.card.hidden).int(), "scores": values}


if __name__ == "__main__":
    vit, images = backbone("mlp"), pixels(15, 2, 42, 70)
    with torch.no_grad():
        write("analysis/registers.safetensors", with_register(vit, images) | neurons_of(vit, images))
