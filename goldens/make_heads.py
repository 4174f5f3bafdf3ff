"""One head of each kind on the backbone `mlp`, in Meta's files, and its answers.

    python make_heads.py
"""

import torch
import torch.nn.functional as F
from torch import nn

from files import NUMBERS, pixels, write
from heads import MAX_DEPTH, MIN_DEPTH, Dpt, LinearDepth, Segmentation, class_logits
from make_backbones import backbone
from vit import PATCH, normalize, randomize

CLASSES = 21


def padded(images: torch.Tensor) -> torch.Tensor:
    """Normalized, then padded by 0 at the center to multiples of the patch: Meta's depth networks."""
    height, width = images.shape[1:3]
    tall, wide = -height % PATCH, -width % PATCH
    return F.pad(normalize(images), (wide // 2, wide - wide // 2, tall // 2, tall - tall // 2))


class Backbone:
    """Maps [batch][dim][rows][columns] and class tokens [batch][dim] of all layers, raw or normed."""

    def __init__(self):
        self.vit = backbone("mlp")

    def raw(self, image: torch.Tensor) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        return self.maps(self.vit(image)["layers"], image)

    def normed(self, image: torch.Tensor) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        return self.maps([self.vit.norm(layer) for layer in self.vit(image)["layers"]], image)

    def maps(self, layers: list[torch.Tensor], image: torch.Tensor) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        rows, columns = image.shape[2] // PATCH, image.shape[3] // PATCH
        grids = [layer[:, 1:].transpose(1, 2).unflatten(2, (rows, columns)) for layer in layers]
        return grids, [layer[:, 0] for layer in layers]


def spread(head: Dpt, maps: list[torch.Tensor], cls: list[torch.Tensor]) -> None:
    """Scales the last layer so that depths lie between the bounds, around 5 m: a map of bounds proves little."""
    last = head.conv_depth.head[4]
    last.bias.fill_(0)
    found = []
    last.register_forward_hook(lambda _, __, output: found.append(output))
    head(maps, cls)
    last.weight.mul_(1 / found[0].std())
    last.bias.fill_(5 - float(found[0].mean() / found[0].std()))
    last._forward_hooks.clear()


def save(name: str, head: nn.Module, prefix: str) -> None:
    state = {f"{prefix}{key}": value for key, value in head.state_dict().items()}
    path = NUMBERS / f"heads/{name}.pth"
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"state_dict": state} if prefix else state, path)


@torch.no_grad()
def main() -> None:
    own, images, odd = Backbone(), pixels(7, 2, 98, 154), pixels(8, 1, 101, 150)
    dim = own.vit.card.dim
    normed, tokens = own.normed(normalize(images))

    linear = nn.Linear(5 * dim, 10)
    randomize(linear, 11)
    save("classify-linear4", linear, "")
    logits = class_logits(linear, tokens, normed[-1].flatten(2).transpose(1, 2))
    write("heads/classify-linear4.safetensors", {"pixels": images, "logits": logits})

    segment = Segmentation(4 * dim, CLASSES).eval()
    randomize(segment, 12)
    segment.bn.running_mean.copy_(torch.linspace(-0.5, 0.5, 4 * dim))
    segment.bn.running_var.copy_(torch.linspace(0.5, 2, 4 * dim))
    save("segment-ms", segment, "decode_head.")
    grid = segment(torch.cat(normed, 1))
    labels = F.interpolate(grid, size=images.shape[1:3], mode="bilinear", align_corners=False).argmax(1).to(torch.uint8)
    write("heads/segment-ms.safetensors", {"pixels": images, "logits.grid": grid, "labels": labels})

    for name, head in (("depth-linear4", LinearDepth(8 * dim)), ("depth-dpt", Dpt(dim, 16, (3, 6, 12, 24)))):
        randomize(head, 13)
        if isinstance(head, Dpt):
            spread(head, *own.raw(padded(images)))
        save(name, head, "decode_head.")
        numbers = {}
        for suffix, given in (("", images), (".odd", odd)):
            numbers[f"pixels{suffix}"] = given
            numbers[f"depth{suffix}"] = depth(head, own.raw(padded(given)), given)
        write(f"heads/{name}.safetensors", numbers)


def depth(head: nn.Module, layers: tuple[list[torch.Tensor], list[torch.Tensor]], images: torch.Tensor) -> torch.Tensor:
    """In meters: Meta's networks clamp before they bring the map to the image's size."""
    map = head(*layers).clamp(MIN_DEPTH, MAX_DEPTH)
    return F.interpolate(map, size=images.shape[1:3], mode="bilinear", align_corners=False)


if __name__ == "__main__":
    main()
