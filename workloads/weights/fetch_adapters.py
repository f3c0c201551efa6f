"""Fetches adapters at their commits, each into a folder of its own: vLLM itself fetches whatever `main` is.

Arguments: for each adapter its folder, its repository and its commit.
Needs huggingface_hub, which vLLM brings along. Reads the token from HF_TOKEN.
"""

import sys
from pathlib import Path

from huggingface_hub import snapshot_download

CONFIG = "adapter_config.json"
# What vLLM v0.26.0 reads beside the configuration, the first that is there.
TENSORS = ["adapter_model.safetensors", "adapter_model.bin", "adapter_model.pt"]


def main(arguments):
    for folder, repository, commit in zip(arguments[::3], arguments[1::3], arguments[2::3], strict=True):
        problem = fetch(Path(folder), repository, commit)
        if problem is not None:
            print(f"error: {repository} at {commit}: {problem}", file=sys.stderr, flush=True)
            return 1
        print(f"{repository} at {commit} is in {folder}", flush=True)
    return 0


def fetch(folder, repository, commit):
    """What went wrong; None where the adapter is there."""
    try:
        snapshot_download(repo_id=repository, revision=commit, local_dir=str(folder), allow_patterns=[CONFIG, *TENSORS])
    except Exception as error:
        # Later lines may hold links, whose signature lets anybody read.
        return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    if not (folder / CONFIG).is_file():
        return f"it has no {CONFIG}"
    if not any((folder / name).is_file() for name in TENSORS):
        return f"it has none of {', '.join(TENSORS)}"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
