"""First stage: windows of 16 seconds as vectors that do not change with the key.

The magnitude of a two-dimensional Fourier transform over pitch classes and time does not change when the music is
transposed, and little when the window starts elsewhere (Bertin-Mahieux and Ellis, "Large-scale cover song recognition
using the 2D Fourier transform magnitude", ISMIR 2012). Here windows are kept apart instead of averaged, so that
excerpts, cuts and changed orders of sections are found, and the query is tried at several tempos.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from ml.similarity.cover.frames import DIMENSIONS

Float32 = NDArray[np.float32]

WINDOW = 40
"""Frames a window: 16 s."""
HOP = 10
SLOWEST = 12
"""Time frequencies that are kept (cycles a window)."""
SIZE = 2 * 7 * (2 * SLOWEST + 1)


def windows(frames: Float32, hop: int = HOP) -> Float32:
    """(n, WINDOW, 24) windows, each `hop` frames after the one before; short recordings are padded to one."""
    if len(frames) < WINDOW:
        frames = np.concatenate([frames, np.zeros((WINDOW - len(frames), DIMENSIONS), np.float32)])
    view = np.lib.stride_tricks.sliding_window_view(frames, WINDOW, axis=0)[::hop]
    return np.ascontiguousarray(view.transpose(0, 2, 1))


def descriptors(patches: Float32) -> Float32:
    """(n, SIZE) unit vectors of windows, unchanged by transposition."""
    out = []
    keep = np.r_[0 : SLOWEST + 1, WINDOW - SLOWEST : WINDOW]
    for k in range(0, DIMENSIONS, 12):
        part = patches[:, :, k : k + 12]
        spectrum = np.abs(fft.fft(fft.rfft(part, axis=2), axis=1)[:, keep])
        out.append(np.sqrt(spectrum).reshape(len(patches), -1))
    flat = np.concatenate(out, axis=1)
    return np.asarray(flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6), np.float32)


def best_transposition(one: Float32, other: Float32) -> NDArray[np.float64]:
    """(12,) largest circular cross-correlation over time of two (WINDOW, 24) patches, for each transposition of
    `other` up to `one`.
    """
    total = np.zeros((WINDOW, 12))
    for k in range(0, DIMENSIONS, 12):
        a, b = fft.fft2(one[:, k : k + 12]), fft.fft2(other[:, k : k + 12])
        total += fft.ifft2(a * np.conj(b)).real
    return total.max(axis=0)
