"""Clips a second that librosa turns into MFCC on one thread, by the parameters of
train/examples/features.rs. Prints `librosa VERSION` and `features CLIPS_PER_SECOND`."""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import sys
import time

import librosa
import numpy as np

ROUNDS = 5


def features(samples):
    samples = librosa.effects.preemphasis(samples, coef=0.97)
    mfcc = librosa.feature.mfcc(
        y=samples, sr=16000, n_mfcc=13, n_fft=512, hop_length=320, n_mels=32,
        fmin=20, fmax=8000, htk=True, norm="ortho", center=False,
    )
    return (mfcc - mfcc.mean(axis=1, keepdims=True)) / (mfcc.std(axis=1, keepdims=True) + 1e-10)


def main():
    clips = []
    for path in sys.argv[1:]:
        with open(path, "rb") as file:
            clips.append(np.frombuffer(file.read()[44:], dtype="<i2").astype(np.float32) / 32768)
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for clip in clips:
            features(clip)
        best = min(best, time.perf_counter() - start)
    print("librosa", librosa.__version__)
    print(f"features {len(clips) / best:.1f}")


main()
