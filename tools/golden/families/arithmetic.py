"""PyTorch's side of arithmetic, integers and their in-place twins."""
import torch

from common import snake


def operands(t, o):
    """The two operands, of which one may be a number."""
    if "input" in o:
        return o["input"], t[0]
    return t[0], o["other"] if "other" in o else t[1]


def function(name):
    return lambda t, o: getattr(torch, snake(name))(*operands(t, o))


def divide(mode):
    return lambda t, o: torch.div(*operands(t, o), rounding_mode=mode)


def remainder(t, o):
    a, b = operands(t, o)
    # A number first has no derivative in PyTorch; a tensor has.
    return torch.remainder(a if isinstance(a, torch.Tensor) else torch.full_like(b, a), b)


def float_power(t, o):
    """Computed in float64, which is the dtype of the result only if it is that of an operand."""
    dtype = next((x.dtype for x in t if x.dtype.is_floating_point), torch.float32)
    return torch.float_power(*operands(t, o)).to(dtype)


def flat(name):
    """Without a derivative."""
    return lambda t, o: getattr(torch, name)(*(x.detach() for x in t))


def in_place(name):
    def call(t, o):
        options = {k: v for k, v in o.items() if k != "other"}
        rest = [o["other"]] if "other" in o else t[1:]
        return getattr(t[0].clone(), snake(name))(*rest, **options)

    return call


IN_PLACE = """
subtract_ multiply_ divide_ trueDivide_ fmod_ remainder_ pow_ square_ atan2_ arctan2_ hypot_ copysign_ xlogy_ ldexp_ lerp_
addcmul_ addcdiv_ nextafter_ eq_ ne_ notEqual_ lt_ less_ le_ lessEqual_ gt_ greater_ ge_ greaterEqual_ logicalAnd_ logicalOr_ logicalXor_
logicalNot_ bitwiseAnd_ bitwiseOr_ bitwiseXor_ bitwiseNot_ bitwiseLeftShift_ bitwiseRightShift_ gcd_ lcm_
""".split()

TABLE = {
    **{name: function(name) for name in "fmod trueDivide atan2 hypot logaddexp logaddexp2 copysign xlogy fmax fmin bitwiseAnd bitwiseOr bitwiseXor bitwiseLeftShift bitwiseRightShift gcd lcm".split()},
    "dividetrunc": divide("trunc"),
    "dividefloor": divide("floor"),
    "floorDivide": divide("floor"),
    "remainder": remainder,
    "rsub": lambda t, o: torch.rsub(t[0], **o),
    "roundDecimals": lambda t, o: torch.round(t[0], **o),
    "heaviside": flat("heaviside"),
    "nextafter": function("nextafter"),
    "floatPower": float_power,
    # For integer exponents PyTorch's gradient is that of an integer power of 2: 0 for negative ones.
    "ldexp": lambda t, o: torch.ldexp(t[0], t[1].to(t[0].dtype if t[0].dtype.is_floating_point else torch.float32)),
    "floatPowerOfIntegers": float_power,
    "lerpNumber": lambda t, o: torch.lerp(*t, o["weight"]),
    "lerp": lambda t, o: torch.lerp(*t),
    "isclose": lambda t, o: torch.isclose(t[0].detach(), t[1].detach(), **o),
    **{f"{name}OfNumbers": function(name) for name in ("logicalAnd", "logicalOr", "logicalXor")},
    "subFrom": lambda t, o: torch.sub(o["input"], t[0]),
    "powOf": lambda t, o: torch.pow(o["input"], t[0]),
    "powInteger": lambda t, o: torch.pow(t[0], o["exponent"]),
    "powOfBools": lambda t, o: torch.pow(*t),
    **{f"{name}OfBools": function(name) for name in ("add", "mul")},
    **{f"{name}OfKinds": function(name) for name in ("maximum", "minimum")},
    "clampOfIntegers": lambda t, o: torch.clamp(t[0], **o),
    **{name: in_place(name) for name in IN_PLACE},
    "floorDivide_": lambda t, o: torch.Tensor.div_(t[0].clone(), operands(t, o)[1], rounding_mode="floor"),
    "divideRounded_": lambda t, o: t[0].clone().div_(t[1], **o),
    "floatPower_": lambda t, o: t[0].double().clone().float_power_(t[1]).to(t[0].dtype),
    "heaviside_": lambda t, o: t[0].detach().clone().heaviside_(t[1].detach()),
    "maskedFill_": lambda t, o: t[0].clone().masked_fill_(t[1], o["value"]),
    "maskedFillTensor_": lambda t, o: t[0].clone().masked_fill_(t[1], t[2]),
}
