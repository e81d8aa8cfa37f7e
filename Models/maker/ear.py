"""Ears: a disc of rings on each side of the head, folded into helix, hollow and lobe."""
import numpy as np

from gltf import Part, grid, vertex_normals

RINGS = np.array([0.0, 0.22, 0.40, 0.55, 0.68, 0.80, 0.90, 0.98, 1.0, 0.86])
COLUMNS = 22
PATCH = (0.03, 0.87, 0.20, 0.12)
"""Where the ears lie in the skin's texture: left, top, width, height."""


def side():
    """The left ear: points, ring and angle of each."""
    k, c = np.meshgrid(np.arange(len(RINGS)), np.arange(COLUMNS), indexing="ij")
    rho, phi = RINGS[k], 2 * np.pi * c / COLUMNS
    last = k == len(RINGS) - 1
    # Forward is cos > 0, up is sin > 0.
    forward, up = np.cos(phi), np.sin(phi)
    lobe = np.clip(-up - 0.55, 0, 1) * 2.2
    rear = np.clip(0.55 - forward, 0, 1.3)
    f = rho * forward * (15.5 + 2.6 * up)
    v = rho * up * np.where(up > 0, 27, 28)
    bump = lambda at, width: np.exp(-((rho - at) / width) ** 2)  # noqa: E731
    h = 3.0 + 5.2 * bump(0.92, 0.11) * np.clip(0.30 + rear, 0, 1) * (1 - 0.5 * lobe)
    h += 3.4 * bump(0.52, 0.13) * np.clip(rear - 0.25, 0, 1) * (1 - lobe)
    h -= 4.6 * np.exp(-(((f - 1.5) / 6) ** 2 + ((v + 4) / 9) ** 2))
    h += 3.0 * np.exp(-(((f - 10.5) / 3.0) ** 2 + ((v + 5) / 5) ** 2))
    h = np.where(last, -9.0, np.where(rho == 1.0, h - 3.5, h))
    # The rear stands off the head.
    x = h + np.clip(-f, -20, 20) * 0.42 + 0.5
    tilt = np.radians(-9)
    y, z = v * np.cos(tilt) - f * np.sin(tilt), f * np.cos(tilt) + v * np.sin(tilt)
    anchor = np.array([70.5, -13.0, -6.0])
    p = np.stack([x, y, z], -1).reshape(-1, 3) + anchor
    return p, rho.reshape(-1), phi.reshape(-1)


def ears():
    p, rho, phi = side()
    t = grid(len(RINGS), COLUMNS, True)
    t = t[[len(set(map(tuple, np.round(p[i], 5)))) == 3 for i in t]]
    n = vertex_normals(p, t)
    if n[COLUMNS * 3: COLUMNS * 5, 0].sum() < 0:
        t = t[:, ::-1]
    u = 0.5 + 0.46 * rho * np.cos(phi) * np.where(np.arange(len(p)) >= len(p) - COLUMNS, 1.08 / 0.86, 1)
    v = 0.5 - 0.46 * rho * np.sin(phi) * np.where(np.arange(len(p)) >= len(p) - COLUMNS, 1.08 / 0.86, 1)
    uv = np.stack([PATCH[0] + PATCH[2] * u, PATCH[1] + PATCH[3] * v], 1)
    return Part("Ears", np.concatenate([p, p * [-1, 1, 1]]), np.concatenate([t, t[:, ::-1] + len(p)]),
                np.concatenate([uv, uv]))
