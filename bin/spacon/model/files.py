"""Model files: safetensors, with the model's shape in the metadata. Nothing in them can run code."""

import json
from dataclasses import asdict
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file

from spacon.model.network import Shape, SpaCon


def save_model(model: SpaCon, path: Path) -> None:
    """Write weights and running statistics, with the shape as JSON in the metadata."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    save_file(tensors, path, metadata={"shape": json.dumps(asdict(model.shape))})


def load_model(path: Path) -> SpaCon:
    """Read a model written by `save_model`, in evaluation mode."""
    with safe_open(path, framework="pt") as file:
        model = SpaCon(Shape(**json.loads(file.metadata()["shape"])))
        model.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
    return model.eval()
