"""The people: what makes one look unlike another, as numbers. Lengths in mm unless said otherwise."""
import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Person:
    name: str
    note: str
    """What the list of avatars says of them."""
    # Face; 1 and 0 are Ada's.
    face_width: float = 1.0
    length: float = 1.0
    """Of the face below the eyes."""
    jaw: float = 0.0
    """0 round, 1 square."""
    chin: float = 0.0
    """How much longer."""
    chin_out: float = 0.0
    chin_width: float = 1.0
    cheek: float = 1.0
    neck: float = 1.0
    neck_length: float = 0.0
    """How much longer, mm: head and hair stay, the trunk stands lower."""
    shoulders: float = 1.0
    bust: float = 1.0
    arms: float = 1.0
    """How long."""
    body: float = 1.0
    """How large all below the neck is."""
    hips: float = 1.0
    waist: float = 1.0
    nose_width: float = 1.0
    nose_length: float = 0.0
    nose_bridge: float = 0.0
    nose_tip: float = 1.0
    profile: float = 1.0
    """How far nose, lips and chin stand out."""
    brow_ridge: float = 0.0
    eye_size: float = 25.0
    """The eyeball's radius."""
    eye_gap: float = 0.0
    """How much farther each eye is from the middle."""
    eye_tilt: float = 0.0
    """How much higher the outer corner of the lids is, degrees."""
    eye_open: float = 1.0
    lid_crease: float = 1.0
    """Depth and tone of the fold over the upper lid."""
    lip_upper: float = 1.0
    lip_lower: float = 1.0
    mouth_width: float = 1.0
    teeth_back: float = 0.0
    """How much deeper the teeth stand, where a broad chin draws the lower lip in."""
    age: float = 0.0
    """0 smooth, 1 old."""
    # Colours: sRGB 0 to 1, but for the skin's tone.
    skin: int = 2
    """1 the lightest to 10 the darkest."""
    freckles: float = 0.0
    blush: float = 1.0
    lips: tuple = (0.80, 0.36, 0.34)
    """On the skin of tone 2; other skins change it as they change everything painted on them."""
    makeup: float = 1.0
    """Lashes and the line along them."""
    iris: str = "brown"
    hair: str = "bob"
    hair_colour: str = "auburn"
    brow_thick: float = 1.0
    brow_arch: float = 1.0
    brow_height: float = 0.0
    brow_colour: str = ""
    """The hair's unless said otherwise."""
    beard: str = ""
    """"", stubble, short or full."""
    clothes: str = "jumper"
    clothes_colour: tuple = (0.16, 0.40, 0.42)
    trousers: tuple = (0.17, 0.20, 0.29)
    shoes: tuple = (0.86, 0.85, 0.83)
    glasses: str = ""
    """"", round or square."""
    earrings: bool = False


ADA = Person(
    "ada", "woman, about 28, auburn bob", freckles=1.0, lips=(0.80, 0.36, 0.34), eye_tilt=0.5, chin_out=1.5)
BEN = Person(
    "ben", "man, about 35, short brown hair and beard", face_width=1.02, length=1.05, jaw=0.85, chin=5, chin_out=2,
    chin_width=1.25, cheek=0.92, neck=1.16, bust=0.0, shoulders=1.16, arms=1.06, hips=1.03, waist=1.08, nose_width=1.12, nose_length=3, nose_bridge=2.5, brow_ridge=1.8,
    eye_size=23.0, eye_open=0.86, lip_upper=0.9, lip_lower=0.8, mouth_width=1.04, age=0.15, teeth_back=0.7, skin=3, blush=0.6,
    lips=(0.80, 0.47, 0.42), makeup=0.0, iris="blue", hair="quiff", hair_colour="brown", brow_thick=1.25, brow_arch=0.55,
    brow_height=-3.0, beard="short", clothes="shirt", clothes_colour=(0.22, 0.28, 0.38), trousers=(0.45, 0.38, 0.29), shoes=(0.30, 0.20, 0.13))
NIA = Person(
    "nia", "woman, about 30, black curls", face_width=0.99, cheek=1.03, chin_out=2, nose_width=1.24, nose_tip=1.05, nose_bridge=-1.5,
    eye_tilt=2.0, lip_upper=1.32, lip_lower=1.22, mouth_width=1.06, skin=8, blush=0.7, lips=(0.78, 0.34, 0.36),
    iris="dark", hair="curls", hair_colour="black", brow_arch=1.15, clothes="crew", clothes_colour=(0.85, 0.55, 0.12),
    earrings=True)
KENJI = Person(
    "kenji", "man, about 24, black fringe", face_width=1.0, length=1.0, jaw=0.45, chin=2, chin_width=1.1, cheek=1.0, neck=1.08,
    bust=0.0, shoulders=1.1, arms=1.04, hips=1.0, waist=1.02, nose_bridge=-2.5, nose_width=1.08, brow_ridge=0.4, eye_size=23.5, eye_tilt=4.0, eye_open=0.74,
    lid_crease=0.35, lip_upper=0.85, lip_lower=0.9, teeth_back=0.4, skin=3, blush=0.5, lips=(0.82, 0.48, 0.43), makeup=0.15,
    iris="dark", hair="fringe", hair_colour="black", brow_thick=1.1, brow_arch=0.5, brow_height=-1.5,
    clothes="hoodie", clothes_colour=(0.42, 0.46, 0.52), trousers=(0.14, 0.15, 0.17))
RUTH = Person(
    "ruth", "woman, about 68, silver hair in a bun, glasses", hips=1.04, waist=1.16, face_width=1.02, length=1.0, cheek=1.03, nose_width=1.1,
    nose_length=3, nose_tip=1.08, eye_size=23.5, eye_open=0.84, eye_tilt=-2.5, lip_upper=0.92, lip_lower=0.85, age=1.0, skin=2,
    blush=1.2, lips=(0.78, 0.40, 0.38), makeup=0.45, iris="blue", hair="bun", hair_colour="silver", brow_thick=0.8,
    brow_colour="grey", clothes="cardigan", clothes_colour=(0.47, 0.32, 0.42), trousers=(0.34, 0.34, 0.37), shoes=(0.24, 0.19, 0.19), glasses="round", earrings=True)
OMAR = Person(
    "omar", "man, about 50, cropped salt-and-pepper hair and beard", face_width=1.04, length=1.04, jaw=0.7, chin=4, chin_width=1.2, cheek=1.0,
    neck=1.22, bust=0.0, shoulders=1.18, arms=1.06, hips=1.08, waist=1.16, nose_width=1.3, nose_length=2.5, nose_tip=1.12, brow_ridge=2.0, eye_size=23.0, eye_open=0.86,
    lip_upper=1.0, lip_lower=1.05, mouth_width=1.08, age=0.5, teeth_back=0.75, skin=7, blush=0.4, lips=(0.74, 0.44, 0.40), makeup=0.0,
    iris="dark", hair="buzz", hair_colour="pepper", brow_thick=1.3, brow_arch=0.6, brow_height=-2.5, brow_colour="dark",
    beard="full", clothes="turtleneck", clothes_colour=(0.14, 0.14, 0.15), trousers=(0.36, 0.35, 0.33), shoes=(0.16, 0.13, 0.12), glasses="square")
PRIYA = Person(
    "priya", "woman, about 40, long black hair", waist=1.05, face_width=0.98, length=1.0, cheek=0.98, chin_out=1.5, chin=1, nose_width=1.08,
    nose_length=2, nose_bridge=1.5, eye_tilt=2.0, eye_open=0.96, lip_upper=1.08, lip_lower=1.1, age=0.1, skin=5, blush=0.6,
    lips=(0.76, 0.30, 0.32), iris="dark", hair="long", hair_colour="black", brow_thick=1.1, brow_arch=1.2,
    clothes="kurta", clothes_colour=(0.58, 0.16, 0.24), trousers=(0.80, 0.74, 0.62), shoes=(0.55, 0.40, 0.22), earrings=True)
LEO = Person(
    "leo", "boy, about 9, tousled fair hair", profile=0.7, face_width=1.03, length=0.985, cheek=1.08, chin=-7, chin_width=0.95, neck=0.90, neck_length=-17,
    bust=0.0, shoulders=1.02, body=0.78, hips=0.96, waist=1.06, nose_length=-4, nose_bridge=-3, nose_tip=0.95, nose_width=0.95, eye_size=26.0, eye_gap=0.5, eye_open=1.06,
    lip_upper=0.8, lip_lower=0.85, mouth_width=1.0, skin=2, freckles=0.8, blush=1.3, lips=(0.86, 0.48, 0.45), makeup=0.25,
    iris="green", hair="tousled", hair_colour="blond", brow_thick=0.85, brow_arch=0.8, clothes="stripes",
    clothes_colour=(0.80, 0.26, 0.20), trousers=(0.20, 0.29, 0.42))
AMIRA = Person(
    "amira", "woman, about 32, headscarf", face_width=0.98, chin_out=2, chin=1, nose_width=1.05, nose_length=1.5, nose_bridge=2.5,
    eye_tilt=2.5, lip_upper=1.1, lip_lower=1.1, skin=4, blush=0.9, lips=(0.78, 0.36, 0.36), iris="hazel", hair="scarf",
    hair_colour="scarf", brow_thick=1.1, brow_arch=1.1, brow_colour="dark", clothes="crew", clothes_colour=(0.17, 0.20, 0.28), trousers=(0.30, 0.27, 0.27), shoes=(0.20, 0.17, 0.17))

FAMILY = [ADA, BEN, NIA, KENJI, RUTH, OMAR, PRIYA, LEO, AMIRA]

_palette = json.loads((Path(__file__).parent.parent / "avatars" / "palette.json").read_text())
"""Shared with the program, which changes the colours of finished avatars."""
SKINS, HAIRS, HEADROOM = _palette["skins"], _palette["hair"], _palette["headroom"]
"""Skins from 1, the lightest, to 10; hair by name; and for each kind of material the linear value that its texture has where
it is plain: a material's colour over that value is the colour that is seen."""
IRISES = {"brown": ((0.34, 0.19, 0.085), (0.46, 0.27, 0.10)), "dark": ((0.16, 0.085, 0.05), (0.26, 0.14, 0.07)),
          "hazel": ((0.36, 0.25, 0.10), (0.42, 0.34, 0.12)), "green": ((0.20, 0.29, 0.16), (0.28, 0.36, 0.14)),
          "blue": ((0.20, 0.34, 0.47), (0.24, 0.34, 0.38)), "grey": ((0.34, 0.38, 0.41), (0.26, 0.28, 0.28))}
"""Colour, and what the light adds that gathers in it."""


def linear(colour):
    """The linear values of #rrggbb, or of sRGB values 0 to 1."""
    if isinstance(colour, str):
        colour = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
