"""What makes a glTF file a VRM 1.0 avatar: humanoid, meta, look-at, expressions."""

PRESETS = {  # VRM expression: the ARKit shapes or visemes it is made of
    "happy": {"mouthSmileLeft": 1, "mouthSmileRight": 1, "cheekSquintLeft": 0.9, "cheekSquintRight": 0.9,
              "eyeSquintLeft": 0.3, "eyeSquintRight": 0.3, "browOuterUpLeft": 0.2, "browOuterUpRight": 0.2},
    "angry": {"browDownLeft": 1, "browDownRight": 1, "noseSneerLeft": 0.5, "noseSneerRight": 0.5,
              "mouthFrownLeft": 0.5, "mouthFrownRight": 0.5, "eyeSquintLeft": 0.3, "eyeSquintRight": 0.3},
    "sad": {"browInnerUp": 0.9, "mouthFrownLeft": 0.75, "mouthFrownRight": 0.75, "eyeSquintLeft": 0.2,
            "eyeSquintRight": 0.2, "mouthShrugLower": 0.3},
    "relaxed": {"mouthSmileLeft": 0.35, "mouthSmileRight": 0.35, "eyeSquintLeft": 0.25, "eyeSquintRight": 0.25},
    "surprised": {"browInnerUp": 0.9, "browOuterUpLeft": 0.9, "browOuterUpRight": 0.9, "eyeWideLeft": 1,
                  "eyeWideRight": 1, "jawOpen": 0.3, "mouthFunnel": 0.25},
    "aa": {"viseme_aa": 1}, "ih": {"viseme_I": 1}, "ou": {"viseme_U": 1}, "ee": {"viseme_E": 1},
    "oh": {"viseme_O": 1}, "blink": {"eyeBlinkLeft": 1, "eyeBlinkRight": 1},
    "blinkLeft": {"eyeBlinkLeft": 1}, "blinkRight": {"eyeBlinkRight": 1}, "neutral": {},
}


HUMAN = {"Hips": "hips", "Spine": "spine", "Spine1": "chest", "Spine2": "upperChest", "Neck": "neck", "Head": "head",
         "LeftEye": "leftEye", "RightEye": "rightEye"}
for side in ("Left", "Right"):
    HUMAN.update({side + a: side.lower() + b for a, b in (
        ("Shoulder", "Shoulder"), ("Arm", "UpperArm"), ("ForeArm", "LowerArm"), ("Hand", "Hand"), ("UpLeg", "UpperLeg"),
        ("Leg", "LowerLeg"), ("Foot", "Foot"), ("ToeBase", "Toes"))})
    for digit in ("Thumb", "Index", "Middle", "Ring", "Pinky"):
        parts = ("Metacarpal", "Proximal", "Distal") if digit == "Thumb" else ("Proximal", "Intermediate", "Distal")
        HUMAN.update({f"{side}Hand{digit}{k + 1}": side.lower() + digit.replace("Pinky", "Little") + part for k, part in enumerate(parts)})
"""Mixamo's bones by VRM's names."""


def ada_expressions(shapes):
    return PRESETS, {name: {name: 1} for name in shapes if not name.startswith("viseme_")}


def dress(file, name, expressions):
    nodes = file.json["nodes"]
    places = {}
    for i, n in enumerate(nodes):
        if "mesh" in n:
            names = file.json["meshes"][n["mesh"]].get("extras", {}).get("targetNames", [])
            for k, target in enumerate(names):
                places.setdefault(target, []).append((i, k))

    def bind(parts):
        binds = [{"node": i, "index": k, "weight": w} for p, w in parts.items() for i, k in places.get(p, [])]
        return {"morphTargetBinds": binds, "isBinary": False, "overrideBlink": "none", "overrideLookAt": "none",
                "overrideMouth": "none"}

    presets, custom = expressions
    bones = {HUMAN[n["name"]]: {"node": i} for i, n in enumerate(nodes) if n.get("name") in HUMAN}
    eye = nodes[bones["leftEye"]["node"]] if "leftEye" in bones else None
    offset = [0.0, eye["translation"][1], eye["translation"][2]] if eye else [0.0, 0.09, 0.05]
    reach = {"inputMaxValue": 90.0, "outputScale": 30.0}
    file.json.setdefault("extensionsUsed", []).append("VRMC_vrm")
    file.json["extensions"] = {"VRMC_vrm": {
        "specVersion": "1.0",
        "meta": {"name": name, "version": "1", "authors": ["Avatarium Render"],
                 "licenseUrl": "https://vrm.dev/licenses/1.0/",
                 "otherLicenseUrl": "https://creativecommons.org/publicdomain/zero/1.0/",
                 "avatarPermission": "everyone", "commercialUsage": "corporation", "creditNotation": "unnecessary",
                 "allowRedistribution": True, "modification": "allowModificationRedistribution"},
        "humanoid": {"humanBones": bones},
        "lookAt": {"offsetFromHeadBone": offset, "type": "bone" if eye else "expression",
                   "rangeMapHorizontalInner": reach, "rangeMapHorizontalOuter": reach,
                   "rangeMapVerticalDown": reach, "rangeMapVerticalUp": reach},
        "expressions": {"preset": {k: bind(v) for k, v in presets.items()},
                        "custom": {k: bind(v) for k, v in custom.items()}}}}
