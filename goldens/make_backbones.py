"""Two small backbones with random weights, in Meta's and in Hugging Face's layout, and their outputs.

    python make_backbones.py

Checked here, so that the numbers have two witnesses: transformers' own models give the same tokens on the native grid, and,
with registers, on every grid. Without registers transformers resamples positions in another way than Meta; both are written.
"""

import shutil
import tempfile
from pathlib import Path

import torch

from files import NUMBERS, pixels, write, write_json
from vit import Card, PATCH, Vit, normalize, randomize, to_hugging_face

CARDS = {
    "mlp": Card(dim=24, depth=4, heads=3, ffn="mlp", hidden=96, registers=0, grid=(9, 9)),
    "swiglu-reg4": Card(dim=24, depth=4, heads=3, ffn="swiglu", hidden=64, registers=4, grid=(9, 9)),
}
#: rows, columns and images of each expected file
GRIDS = {"mlp": [(5, 5, 1), (9, 9, 1), (3, 5, 2)], "swiglu-reg4": [(5, 5, 1), (3, 5, 2)]}


def backbone(name: str) -> Vit:
    vit = Vit(CARDS[name]).eval()
    randomize(vit, seed=list(CARDS).index(name) + 1)
    return vit


def expected(vit: Vit, images: torch.Tensor, mask: torch.Tensor | None = None) -> dict:
    out = vit(images, mask)
    numbers = {"pixels": images, "cls": out["cls"], "patches": out["patches"]}
    if mask is not None:
        return {**numbers, "mask": mask}
    first = 1 + vit.card.registers
    if vit.card.registers > 0:
        numbers["registers"] = out["registers"]
    numbers["prenorm"] = out["prenorm"]
    for index, (raw, attention) in enumerate(zip(out["layers"], out["attention"])):
        normed = vit.norm(raw)
        numbers[f"layer{index}.cls.raw"], numbers[f"layer{index}.cls.norm"] = raw[:, 0], normed[:, 0]
        numbers[f"layer{index}.patches.raw"], numbers[f"layer{index}.patches.norm"] = raw[:, first:], normed[:, first:]
        numbers[f"layer{index}.attention"] = attention
    return numbers


@torch.no_grad()
def main() -> None:
    for name, card in CARDS.items():
        vit, folder = backbone(name), f"backbone/{name}"
        write_json(f"{folder}/config.json", card.json())
        torch.save(vit.state_dict(), NUMBERS / folder / "meta.pth")
        twin = to_hugging_face(vit)
        with tempfile.TemporaryDirectory() as temporary:
            twin.save_pretrained(temporary)
            shutil.copyfile(Path(temporary) / "model.safetensors", NUMBERS / folder / "huggingface.safetensors")
        for rows, columns, batch in GRIDS[name]:
            images = pixels(rows * columns, batch, rows * PATCH, columns * PATCH)
            size = f"{rows * PATCH}x{columns * PATCH}"
            numbers = expected(vit, images)
            theirs = twin(normalize(images)).last_hidden_state
            if card.registers > 0 or (rows, columns) == card.grid:
                assert (theirs - vit(images)["tokens"]).abs().max() < 2e-5, (name, size)
            else:
                assert (theirs - vit(images)["tokens"]).abs().max() > 1e-3, "the two ways to resample positions should differ"
            write(f"{folder}/{size}.safetensors", numbers)
            write(f"{folder}/huggingface.{size}.safetensors", {"last_hidden_state": theirs})
        images, mask = pixels(25, 1, 70, 70), torch.arange(25).unsqueeze(0) % 3 == 0
        write(f"{folder}/70x70.masked.safetensors", expected(vit, images, mask))


if __name__ == "__main__":
    main()
