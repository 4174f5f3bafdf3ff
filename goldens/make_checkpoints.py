"""Small checkpoints as the libraries that people use write them, and those libraries' own tokens and logits.

    python make_checkpoints.py [NAME ...]

Each lies in numbers/checkpoints/NAME, with `expected.safetensors`: the tokens of the two images in
numbers/checkpoints/images.safetensors, [tokens][width] each, and logits where the model has a classifier. Weights are random,
and such that every parameter matters; most are rounded to float16 and kept so, and the library runs on the rounded ones.
"""

import json
import shutil
import sys

import numpy as np
import torch
from safetensors.torch import save_file

from files import NUMBERS, pixels, write

FOLDER = NUMBERS / "checkpoints"
PATCH = 8
#: height and width of the images: the stored grid's own, and one that is not square
SIZES = {"square": (32, 32), "wide": (24, 48)}
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
SMALL = dict(hidden_size=32, num_attention_heads=4, num_hidden_layers=2, image_size=32, patch_size=PATCH)

torch.set_grad_enabled(False)


def images() -> dict:
    return {name: pixels(index, 1, height, width) for index, (name, (height, width)) in enumerate(SIZES.items())}


def normalized(image: torch.Tensor, colors=IMAGENET) -> torch.Tensor:
    mean, std = (torch.tensor(part).view(1, 3, 1, 1) for part in colors)
    return (image.permute(0, 3, 1, 2) / 255 - mean) / std


def shaken(model: torch.nn.Module, seed: int, half: bool = True) -> torch.nn.Module:
    """Random weights of about unit gain everywhere, rounded to float16."""
    random = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=random)
        last = name.split(".")[-1]
        if last in ("gamma", "lambda1"):
            value = 0.5 + 0.2 * noise
        elif parameter.ndim == 1:
            value = (1 if last == "weight" else 0) + 0.2 * noise
        elif "pos" in last or "token" in last:
            value = 0.5 * noise
        else:
            value = noise / parameter.shape[1:].numel() ** 0.5
        parameter.copy_(value.half().float() if half else value)
    return model.eval()


def halves(state: dict) -> dict:
    return {name: value.half() if value.is_floating_point() else value for name, value in state.items()}


def folder(name: str):
    path = FOLDER / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def expect(name: str, run, only=tuple(SIZES)) -> None:
    """`run` gives tokens [1][tokens][width], or these and logits, for normalized images."""
    numbers = {}
    for size, image in images().items():
        if size not in only:
            continue
        given = run(image)
        tokens, logits = given if isinstance(given, tuple) else (given, None)
        numbers[size] = tokens[0].float()
        if logits is not None:
            numbers[f"{size}.logits"] = logits[0].float()
    write(f"checkpoints/{name}/expected.safetensors", numbers)


def config_of(model, path) -> None:
    (path / "config.json").write_text(json.dumps(json.loads(model.config.to_json_string()), indent=1) + "\n")


def hugging_face(model, name: str, seed: int, backbone=lambda model: model, memory=False, **interpolate) -> None:
    shaken(model, seed)
    path = folder(name)
    if memory:
        torch.save(halves(model.state_dict()), path / "pytorch_model.bin")
        config_of(model, path)
    else:
        model.half().save_pretrained(path)
        model.float()

    def run(image):
        tokens = backbone(model)(normalized(image), **interpolate).last_hidden_state
        return (tokens, model(normalized(image), **interpolate).logits) if backbone(model) is not model else tokens

    expect(name, run)


def dinov2_memory(name):
    """transformers 5: the names of `state_dict()` are not those that `save_pretrained` writes."""
    from transformers import Dinov2Config, Dinov2Model

    hugging_face(Dinov2Model(Dinov2Config(**SMALL, mlp_ratio=2)), name, 1, memory=True)


def dinov2_memory_swiglu(name):
    from transformers import Dinov2WithRegistersConfig, Dinov2WithRegistersModel

    model = Dinov2WithRegistersModel(Dinov2WithRegistersConfig(**SMALL, mlp_ratio=2, use_swiglu_ffn=True, num_register_tokens=2))
    hugging_face(model, name, 2, memory=True)


def extras() -> dict:
    """What people keep beside weights, of which torch's own safe loader refuses a half."""
    import argparse
    import collections
    import datetime
    import pathlib

    adam = torch.optim.AdamW([torch.nn.Parameter(torch.ones(3))])
    return {
        "args": argparse.Namespace(arch="small", lr=1e-3),
        "best": np.float64(0.5),
        "mean": np.array([0.5, 0.4]),
        "numpy_state": np.random.RandomState(0).get_state(),
        "path": pathlib.PurePosixPath("runs/1"),
        "date": datetime.datetime(2026, 1, 1),
        "set": {1, 2},
        "frozen": frozenset({1}),
        "complex": 1j,
        "range": range(3),
        "slice": slice(1, 2),
        "bytes": bytes(300),
        "bytearray": bytearray(3),
        "nan": float("nan"),
        "big": 2**80,
        "huge": 2**3000,
        "counts": collections.defaultdict(int, {"a": 1}),
        "counter": collections.Counter("ab"),
        "device": torch.device("cpu"),
        "size": torch.Size([1]),
        "dtype": torch.float32,
        "generator": torch.Generator().get_state(),
        "optimizer": adam.state_dict(),
        "function": torch.nn.functional.gelu,
        "module": torch.nn.Linear(2, 2),
        "float8": torch.zeros(4).to(torch.float8_e4m3fn),
        "uint16": torch.zeros(4).to(torch.uint16),
        "complex64": torch.zeros(4, dtype=torch.complex64),
        "sparse": torch.eye(3).to_sparse(),
        "quantized": torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
        "meta": torch.zeros(3, device="meta"),
        "buffer": torch.nn.Buffer(torch.zeros(2)),
        "expanded": torch.zeros(1).expand(1, 384),
    }


def dinov2_one(**options):
    from transformers import Dinov2Config, Dinov2Model

    return shaken(Dinov2Model(Dinov2Config(**{**SMALL, "num_hidden_layers": 1}, mlp_ratio=2, **options)), 3)


def saved(name: str, write_file) -> None:
    """A small Dinov2Model of one block, written by `write_file(path, state)`, with its config.json."""
    model = dinov2_one()
    path = folder(name)
    config_of(model, path)
    write_file(path, halves(model.state_dict()))
    expect(name, lambda image: model(normalized(image)).last_hidden_state)


def beside(protocol: int):
    return lambda name: saved(
        name,
        lambda path, state: torch.save({"model": state, **extras()}, path / "model.pth", pickle_protocol=protocol),
    )


def legacy(name):
    saved(name, lambda path, state: torch.save(state, path / "model.pth", _use_new_zipfile_serialization=False))


def not_tensors(name):
    """Files of PyTorch that hold no dictionary of tensors, and a tensor of the network in a form that is not read."""
    path = folder(name)
    module = torch.nn.Linear(2, 2)
    torch.save(module, path / "module.pth")
    torch.jit.trace(module, torch.zeros(1, 2)).save(path / "script.pt")
    torch.export.save(torch.export.export(module, (torch.zeros(1, 2),)), path / "exported.pt2")
    model = dinov2_one()
    config_of(model, path)
    state = halves(model.state_dict())
    weight = "encoder.layer.0.mlp.fc1.weight"
    float8 = {**state, weight: state[weight].to(torch.float8_e4m3fn)}
    torch.save(float8, path / "float8.pth")
    save_file(float8, path / "float8.safetensors")


def bin_shards(name):
    """As transformers 4 wrote large models: shards of pytorch_model.bin, and their index."""

    def write_file(path, state):
        shards = {f"pytorch_model-{number:05}-of-00002.bin": dict(list(state.items())[number - 1 :: 2]) for number in (1, 2)}
        for file, part in shards.items():
            torch.save(part, path / file)
        places = {key: file for file, part in shards.items() for key in part}
        (path / "pytorch_model.bin.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}, indent=1) + "\n")

    saved(name, write_file)


def variants(name):
    """What `save_pretrained(variant="fp16")` writes, and wrote before safetensors."""

    def write_file(path, state):
        for part in ("safetensors", "bin"):
            (path / part).mkdir()
            shutil.copyfile(path / "config.json", path / part / "config.json")
        save_file(state, path / "safetensors" / "model.fp16.safetensors")
        torch.save(state, path / "bin" / "pytorch_model.fp16.bin")

    saved(name, write_file)


def prefixes(name):
    """Lightning's checkpoint, a compiled module in DDP, and a module of somebody's own."""

    def write_file(path, state):
        def named(prefix):
            return {prefix + key: value for key, value in state.items()}

        lightning = {"state_dict": named("model."), "pytorch-lightning_version": "2.6.6", "epoch": 3, "callbacks": {}, "loops": None}
        torch.save(lightning, path / "last.ckpt")
        torch.save(named("_orig_mod.module."), path / "compiled.pth")
        torch.save({"state": named("net.encoder.")}, path / "own.pth")

    saved(name, write_file)


def other_forms(name):
    """A folder of torch.distributed.checkpoint and a file of Keras' weights: refused by their names."""
    import h5py
    import torch.distributed.checkpoint as checkpoint

    path = folder(name)
    checkpoint.save({"weight": torch.ones(2)}, checkpoint_id=path / "distributed", no_dist=True)
    (path / "keras").mkdir()
    with h5py.File(path / "keras" / "model.weights.h5", "w", track_order=True) as file:
        file.create_dataset("layers/dense/vars/0", data=np.ones(2, np.float32), track_times=False)


def dino_v1(name):
    """DINO's .pth by its names, which are timm's, and its own resampling of positions, which is Meta's."""
    from timm.models.vision_transformer import VisionTransformer

    model = shaken(VisionTransformer(img_size=32, patch_size=PATCH, embed_dim=32, depth=1, num_heads=4, mlp_ratio=2, num_classes=0), 13)
    model.patch_embed.strict_img_size = False
    torch.save(halves(model.state_dict()), folder(name) / "dino_pretrain.pth")

    def run(image):
        x = normalized(image)
        sides = [side // PATCH for side in x.shape[2:]]
        stored = model.pos_embed[:, 1:].reshape(1, 4, 4, 32).permute(0, 3, 1, 2)
        if sides != [4, 4]:
            stored = torch.nn.functional.interpolate(stored, scale_factor=[(side + 0.1) / 4 for side in sides], mode="bicubic")
        placed = model.patch_embed.proj(x).flatten(2).transpose(1, 2) + stored.flatten(2).transpose(1, 2)
        return model.norm(model.blocks(torch.cat([model.cls_token + model.pos_embed[:, :1], placed], 1)))

    expect(name, run)


def last_eps(name):
    """The last LayerNorm with an epsilon of its own, that no file says."""
    from timm.models.vision_transformer import VisionTransformer

    shape = dict(img_size=32, patch_size=PATCH, embed_dim=32, depth=1, num_heads=4, mlp_ratio=2, num_classes=0, dynamic_img_size=True)
    model = shaken(VisionTransformer(**shape), 14)
    model.norm.eps = 0.5
    save_file(halves(model.state_dict()), folder(name) / "model.safetensors")
    expect(name, lambda image: model.forward_features(normalized(image)))


def chunks(name):
    """Meta's training checkpoint: the teacher's backbone with its blocks in chunks, and heads beside."""
    from timm.models.vision_transformer import VisionTransformer

    options = dict(img_size=32, patch_size=PATCH, embed_dim=32, depth=4, num_heads=4, mlp_ratio=2, num_classes=0, init_values=1)
    model = shaken(VisionTransformer(**options), 4)
    state = {}
    for key, value in {**model.state_dict(), "mask_token": torch.zeros(1, 32)}.items():
        if key.startswith("blocks."):
            _, index, rest = key.split(".", 2)
            key = f"blocks.{int(index) // 2}.{index}.{rest}"
        state[f"backbone.{key}"] = value
    path = folder(name)
    heads = {f"dino_head.mlp.{layer}.weight": torch.zeros(4, 4) for layer in (0, 2)}
    torch.save({"teacher": halves({**state, **heads})}, path / "teacher_checkpoint.pth")
    (path / "config.json").write_text(json.dumps({"num_attention_heads": 4}) + "\n")
    # Away from its own grid timm resamples positions in another way than Meta.
    expect(name, lambda image: model.forward_features(normalized(image)), only=("square",))


NAMES = {0: "cat", 1: "dog", 2: "bird"}
LABELS = dict(num_labels=3, id2label=NAMES, label2id={label: index for index, label in NAMES.items()})
ONE = {**SMALL, "num_hidden_layers": 1}


def fine_tuned_dinov2(name):
    from transformers import Dinov2Config, Dinov2ForImageClassification

    model = Dinov2ForImageClassification(Dinov2Config(**ONE, **LABELS, mlp_ratio=2))
    hugging_face(model, name, 5, backbone=lambda model: model.dinov2)


def fine_tuned_registers(name):
    """As Lightning keeps it: in memory's names, behind a prefix."""
    from transformers import Dinov2WithRegistersConfig, Dinov2WithRegistersForImageClassification

    model = Dinov2WithRegistersForImageClassification(Dinov2WithRegistersConfig(**ONE, **LABELS, mlp_ratio=2, num_register_tokens=2))
    hugging_face(model, name, 6, backbone=lambda model: model.dinov2_with_registers, memory=True)


def vit(name):
    from transformers import ViTConfig, ViTForImageClassification

    model = ViTForImageClassification(ViTConfig(**ONE, **LABELS, intermediate_size=64))
    hugging_face(model, name, 7, backbone=lambda model: model.vit, interpolate_pos_encoding=True)


def deit(name):
    from transformers import DeiTConfig, DeiTForImageClassification

    model = DeiTForImageClassification(DeiTConfig(**ONE, **LABELS, intermediate_size=64))
    hugging_face(model, name, 8, backbone=lambda model: model.deit, memory=True, interpolate_pos_encoding=True)


def vit_mae(name):
    """The encoder alone, and nothing masked: the order of its patches is that of the noise."""
    from transformers import ViTMAEConfig, ViTMAEModel

    model = shaken(ViTMAEModel(ViTMAEConfig(**ONE, intermediate_size=64, mask_ratio=0.0, qkv_bias=False)), 9)
    path = folder(name)
    model.half().save_pretrained(path)
    model.float()
    order = torch.arange(16.0)[None]
    expect(name, lambda image: model(normalized(image), noise=order).last_hidden_state, only=("square",))


def peft_lora(name):
    """A base, an adapter of another rank for each layer kind with its own classifier, and both in one file, not merged."""
    from peft import LoraConfig, get_peft_model
    from transformers import Dinov2Config, Dinov2ForImageClassification

    base = shaken(Dinov2ForImageClassification(Dinov2Config(**ONE, **LABELS, mlp_ratio=2, use_swiglu_ffn=True)), 10)
    path = folder(name)
    base.half().save_pretrained(path / "base")
    base.float()
    targets = ["q_proj", "v_proj", "up_proj", "projection"]
    config = LoraConfig(r=2, lora_alpha=3, target_modules=targets, modules_to_save=["classifier"], use_rslora=True,
                        rank_pattern={"up_proj": 3}, alpha_pattern={"up_proj": 5})
    model = get_peft_model(base, config)
    random = torch.Generator().manual_seed(11)
    for key, parameter in model.named_parameters():
        if "lora_" in key or "modules_to_save" in key:
            parameter.copy_((torch.randn(parameter.shape, generator=random) / 4).half())
    model.eval()
    model.save_pretrained(path / "adapter")
    (path / "adapter" / "README.md").unlink(missing_ok=True)
    (path / "unmerged").mkdir()
    torch.save(halves(model.state_dict()), path / "unmerged" / "model.pth")
    for source, file in (("base", "config.json"), ("adapter", "adapter_config.json")):
        shutil.copyfile(path / source / file, path / "unmerged" / file)

    def run(image):
        inner = model.base_model.model
        return inner.dinov2(normalized(image)).last_hidden_state, model(normalized(image)).logits

    expect(name, run)


def gguf(name):
    """dinov2.cpp's files: its names and keys (scripts/dinov2-to-gguf.py), the numbers of what gguf itself dequantizes."""
    import gguf as library

    model = dinov2_one()
    path = folder(name)
    for kind in ("f32", "f16", "q8_0", "q4_0"):
        writer = library.GGUFWriter(path / f"{kind}.gguf", "dinov2")
        hyper = dict(hidden_size=32, num_hidden_layers=1, num_attention_heads=4, num_classes=0, patch_size=PATCH, img_size=32)
        for key, value in {**hyper, "ftype": 1, "num_register_tokens": 0}.items():
            writer.add_uint32(key, value)
        for key, value in model.state_dict().items():
            if key == "embeddings.mask_token":
                continue
            array = value.numpy()
            if key == "embeddings.patch_embeddings.projection.bias":
                array = array.reshape(1, -1, 1, 1)
            small = array.ndim == 1 or key in ("embeddings.position_embeddings", "embeddings.cls_token")
            if array.ndim == 2 and kind.startswith("q"):
                form = library.GGMLQuantizationType[kind.upper()]
                writer.add_tensor(key, library.quantize(array, form), raw_dtype=form)
            else:
                writer.add_tensor(key, array.astype(np.float32 if small or kind == "f32" else np.float16))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
    state = model.state_dict()
    for tensor in library.GGUFReader(path / "q8_0.gguf").tensors:
        values = library.dequantize(tensor.data, tensor.tensor_type)
        state[tensor.name] = torch.from_numpy(np.array(values, np.float32)).reshape(state[tensor.name].shape)
    expect(name, lambda image: model(normalized(image)).last_hidden_state)
    model.load_state_dict(state)
    expect(f"{name}-q8", lambda image: model(normalized(image)).last_hidden_state)


def onnx_static(name):
    """Static sizes, one file in float32 and one that takes and gives float16, in optimum's folders: beside config.json, or below."""
    class Last(torch.nn.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

        def forward(self, pixel_values):
            return self.model(pixel_values).last_hidden_state

    model = dinov2_one(attn_implementation="eager")
    path = folder(name)
    size = SIZES["square"]
    for part, file, dtype in (("beside", "model.onnx", torch.float32), ("half", "onnx/model_fp16.onnx", torch.float16)):
        target = path / part / file
        target.parent.mkdir(parents=True)
        options = dict(input_names=["pixel_values"], output_names=["last_hidden_state"], dynamo=True, external_data=False, verbose=False)
        torch.onnx.export(Last(model.to(dtype)), (torch.zeros(1, 3, *size, dtype=dtype),), target, **options)
        config_of(model, path / part)
    model.float()
    expect(name, lambda image: model(normalized(image)).last_hidden_state, only=("square",))
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path / "half/onnx/model_fp16.onnx"))
    half = lambda image: torch.from_numpy(session.run(None, {"pixel_values": normalized(image).half().numpy()})[0])
    expect(f"{name}-half", half, only=("square",))


def timm_vit(half: bool = True, distilled: bool = False, only=tuple(SIZES), **options):
    """timm's, in a folder as `push_to_hub` makes it: its own pooling, its own classes. Without a class token its own vector of the
    image stands in its place."""

    def make(name):
        from timm.models.vision_transformer import VisionTransformer
        from timm.models.deit import VisionTransformerDistilled

        kind = VisionTransformerDistilled if distilled else VisionTransformer
        shape = dict(img_size=32, patch_size=PATCH, embed_dim=32, depth=1, num_heads=4, mlp_ratio=2, dynamic_img_size=True)
        model = shaken(kind(**{**shape, **options}), 12)
        path = folder(name)
        save_file(halves(model.state_dict()), path / "model.safetensors")
        config = {
            "architecture": "vit_small_patch14_dinov2",
            "num_classes": model.num_classes,
            "global_pool": model.global_pool,
            "label_names": list(NAMES.values()),
            "model_args": {"num_heads": 4, **{key: value for key, value in options.items() if key == "img_size"}},
            "pretrained_cfg": {"mean": IMAGENET[0], "std": IMAGENET[1], "input_size": [3, 32, 32], "crop_pct": 1.0},
        }
        (path / "config.json").write_text(json.dumps(config, indent=1) + "\n")

        def run(image):
            tokens = model.forward_features(normalized(image))
            if model.cls_token is None:
                tokens = torch.cat([model.forward_head(tokens, pre_logits=True)[:, None], tokens], 1)
            return (tokens, model(normalized(image))) if model.num_classes > 0 else tokens

        expect(name, run, only)

    return make


def lightly(name):
    """lightly-train's own exports of a training's checkpoint: of each part that it has a form for, and the checkpoint itself."""
    import datetime

    import lightly_train
    from lightly_train._checkpoint import Checkpoint, CheckpointLightlyTrain, CheckpointLightlyTrainModels
    from lightly_train._models.dinov2_vit.dinov2_vit import DINOv2ViTModelWrapper
    from lightly_train._models.dinov2_vit.dinov2_vit_src.models.vision_transformer import DinoVisionTransformer
    from lightly_train._models.embedding_model import EmbeddingModel
    from lightly_train._transforms.transform import NormalizeArgs

    def made(seed):
        model = DinoVisionTransformer(
            img_size=32, patch_size=PATCH, embed_dim=8, depth=1, num_heads=2, mlp_ratio=2, init_values=1.0, block_chunks=0,
            num_register_tokens=2, interpolate_antialias=True, interpolate_offset=0.0,
        )  # fmt: skip
        wrapped = DINOv2ViTModelWrapper(shaken(model, seed))
        return model, wrapped, EmbeddingModel(wrapped_model=wrapped, embed_dim=6)

    path = folder(name)
    (model, wrapped, embedding), (_, _, student) = made(15), made(16)
    models = CheckpointLightlyTrainModels(model=model, wrapped_model=wrapped, embedding_model=embedding)
    states = {f"{who}_embedding_model.{key}": value for who, of in (("teacher", embedding), ("student", student)) for key, value in of.state_dict().items()}
    date = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    Checkpoint(states, CheckpointLightlyTrain(lightly_train.__version__, date, models, NormalizeArgs())).save(path / "last.ckpt")
    for part, form in (("model", "package_default"), ("wrapped_model", "torch_state_dict"), ("embedding_model", "torch_state_dict"), ("model", "torch_model")):
        lightly_train.export(out=path / f"{part}-{form}.pt", checkpoint=path / "last.ckpt", part=part, format=form)

    def run(image):
        features = model.forward_features(normalized(image))
        return torch.cat([features["x_norm_clstoken"][:, None], features["x_norm_regtokens"], features["x_norm_patchtokens"]], 1)

    expect(name, run)


def channels_vit(channels: int, colors=None):
    """timm's, of another number of channels than three, in a folder as `push_to_hub` makes it: mean and std are those of three channels,
    averaged, for each. With `colors` the configuration is as earlier versions wrote it, for three channels. An image larger than the
    input is resized by Pillow channel by channel, in its mode L, as nothing in Pillow holds 4 or 13 channels of their own."""

    def make(name):
        import timm
        from PIL import Image
        from timm.models._hub import save_config_for_hf

        shape = dict(img_size=32, patch_size=PATCH, embed_dim=16, depth=1, num_heads=4, mlp_ratio=2, in_chans=channels, num_classes=3)
        model = timm.create_model("vit_small_patch14_dinov2", init_values=None, dynamic_img_size=True, **shape)
        shaken(model, 13)
        path = folder(name)
        save_file(halves(model.state_dict()), path / "model.safetensors")
        save_config_for_hf(model, path / "config.json", {"label_names": list(NAMES.values()), "model_args": shape})
        config = json.loads((path / "config.json").read_text())
        config["pretrained_cfg"].update({"input_size": [channels, 32, 32], "crop_pct": 0.9})
        if colors:
            config["pretrained_cfg"].update({"input_size": [3, 32, 32], "mean": IMAGENET[0], "std": IMAGENET[1]})
        (path / "config.json").write_text(json.dumps(config, indent=1) + "\n")
        image = np.random.default_rng(14).integers(0, 256, (45, 61, channels), dtype=np.uint8)
        planes = [Image.fromarray(image[..., channel], "L") for channel in range(channels)]
        # 32 / 0.9, the longer side in proportion; the center
        resized = np.stack([plane.resize((47, 35), Image.Resampling.BICUBIC) for plane in planes], -1)[2:34, 8:40]
        said = colors or [config["pretrained_cfg"][part] for part in ("mean", "std")]
        mean, std = (torch.tensor(part).view(1, channels, 1, 1) for part in said)
        given = (torch.from_numpy(resized)[None].permute(0, 3, 1, 2) / 255 - mean) / std
        tokens = {"tokens": model.forward_features(given)[0], "logits": model(given)[0]}
        write(f"checkpoints/{name}/expected.safetensors", {"image": image, "pixels": resized, **tokens})

    return make


CASES = {
    "transformers5-memory": dinov2_memory,
    "transformers5-memory-swiglu": dinov2_memory_swiglu,
    "pickle-beside-2": beside(2),
    "pickle-beside-5": beside(5),
    "pickle-legacy": legacy,
    "pickle-no-tensors": not_tensors,
    "bin-shards": bin_shards,
    "variants": variants,
    "prefixes": prefixes,
    "other-forms": other_forms,
    "dino-v1": dino_v1,
    "timm-last-eps": last_eps,
    "meta-chunks": chunks,
    "fine-tuned-dinov2": fine_tuned_dinov2,
    "fine-tuned-registers": fine_tuned_registers,
    "vit": vit,
    "deit": deit,
    "vit-mae": vit_mae,
    "peft-lora": peft_lora,
    "gguf": gguf,
    "onnx": onnx_static,
    "timm-token": timm_vit(num_classes=3, qkv_bias=False),
    "timm-max": timm_vit(num_classes=3, global_pool="max", embed_dim=16),
    "timm-mean": timm_vit(num_classes=3, global_pool="avg", init_values=1),
    "timm-distilled": timm_vit(num_classes=0, distilled=True),
    "timm-registers-with-positions": timm_vit(num_classes=0, reg_tokens=2),
    "timm-mean-alone": timm_vit(num_classes=3, class_token=False, global_pool="avg"),
    "timm-mean-registers": timm_vit(num_classes=0, class_token=False, global_pool="avg", fc_norm=False, reg_tokens=2, no_embed_class=True),
    "timm-wide": timm_vit(num_classes=0, img_size=(24, 48)),
    "timm-wide-mean": timm_vit(num_classes=0, img_size=(24, 48), class_token=False, global_pool="avg", dynamic_img_size=False, only=("wide",)),
    "lightly": lightly,
    "timm-channels-1": channels_vit(1),
    "timm-channels-4": channels_vit(4),
    "timm-channels-13": channels_vit(13, ([0.3 + 0.02 * channel for channel in range(13)], [0.2 + 0.01 * channel for channel in range(13)])),
    "timm-patch32": timm_vit(num_classes=0, img_size=96, patch_size=32, embed_dim=8, no_embed_class=True, only=("square",)),
}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    write("checkpoints/images.safetensors", images())
    for name, make in CASES.items():
        if len(sys.argv) == 1 or name in sys.argv[1:]:
            make(name)
    print(sum(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file()), "bytes")


if __name__ == "__main__":
    main()
