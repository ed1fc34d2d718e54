"""One precision of arithmetic for a whole run, whatever it finds cached."""

import torch


def set_precision() -> None:
    """Have a GPU compute what a CPU computes, to 1e-5: float32 in full, never rounded to TensorFloat-32.

    Holds for the process; called wherever a run begins, before a network is made.
    """
    torch.backends.cudnn.allow_tf32 = False
    torch.set_float32_matmul_precision("highest")
