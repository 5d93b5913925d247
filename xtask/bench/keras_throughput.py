"""Clips per second that Keras trains at batch 32, one line a network: "name clips_per_second".

The networks are those of train/examples/throughput.rs, on random features [49, 13] of 2,538 clips with
twelve labels; the first epoch (tracing) is not counted, the best of the following ones is printed.
"""

import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
from keras import layers

CLIPS, FRAMES, COEFFICIENTS, LABELS, BATCH = 2538, 49, 13, 12, 32


def conv1d():
    stack = [layers.Input((FRAMES, COEFFICIENTS))]
    for filters in (8, 16):
        stack += [
            layers.Conv1D(filters, 3, padding="same", activation="relu"),
            layers.MaxPooling1D(2, 2, padding="same"),
            layers.Dropout(0.25),
        ]
    return keras.Sequential(stack + [layers.Flatten(), layers.Dense(LABELS, activation="softmax")])


def conv2d():
    stack = [layers.Input((FRAMES, COEFFICIENTS, 1))]
    for filters in (8, 16):
        stack += [
            layers.Conv2D(filters, 3, padding="same", activation="relu", kernel_constraint=keras.constraints.MaxNorm(1)),
            layers.MaxPooling2D(2, 2, padding="same"),
            layers.Dropout(0.25),
        ]
    return keras.Sequential(stack + [layers.Flatten(), layers.Dense(LABELS, activation="softmax")])


def ds_cnn():
    x = inputs = layers.Input((FRAMES, COEFFICIENTS, 1))
    x = layers.Conv2D(64, (10, 4), strides=(2, 2), padding="same", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    for _ in range(4):
        x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
        x = layers.Conv2D(64, 1, use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(LABELS, activation="softmax")(x))


def bottleneck():
    def norm(x, relu=True):
        x = layers.BatchNormalization()(x)
        return layers.ReLU()(x) if relu else x

    inputs = layers.Input((FRAMES, COEFFICIENTS))
    x = norm(layers.Conv1D(16, 3, strides=2, padding="same", use_bias=False)(inputs))
    for _ in range(3):
        y = norm(layers.Conv1D(48, 1, use_bias=False)(x))
        y = norm(layers.DepthwiseConv1D(9, padding="same", use_bias=False)(y))
        y = norm(layers.Conv1D(16, 1, use_bias=False)(y), relu=False)
        x = layers.Add()([x, y])
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(inputs, layers.Dense(LABELS, activation="softmax")(x))


def main():
    random = np.random.default_rng(1)
    features = random.standard_normal((CLIPS, FRAMES, COEFFICIENTS), dtype=np.float32)
    labels = random.integers(0, LABELS, CLIPS)
    wanted = sys.argv[1:] or ["conv1d", "conv2d", "ds_cnn", "bottleneck"]
    for name in wanted:
        model = globals()[name]()
        model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
        x = features if name in ("conv1d", "bottleneck") else features[..., None]
        model.fit(x, labels, batch_size=BATCH, epochs=1, verbose=0)
        best = 0.0
        for _ in range(2 if name == "ds_cnn" else 5):
            start = time.perf_counter()
            model.fit(x, labels, batch_size=BATCH, epochs=1, verbose=0)
            best = max(best, CLIPS / (time.perf_counter() - start))
        print(name, round(best), flush=True)


main()
