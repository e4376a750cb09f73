"""Writes test/golden/distributions.json: what torch.distributions computes, in float64, for test/distributions."""
import json
import math
import pathlib
import sys

import torch
from torch import distributions as D

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Kind, parameters, values. The second of a kind is what the first is compared with in divergences.
CASES = [
    ("Normal", {"loc": [0.5, -1.0], "scale": [1.5, 0.3]}, [0.2, -1.1]),
    ("Normal", {"loc": 0.4, "scale": [[2.0], [0.5]]}, [[-3.0, 0.0, 9.0], [0.4, 1.0, -2.0]]),
    ("LogNormal", {"loc": [0.5, -1.0], "scale": [1.5, 0.3]}, [0.2, 1.1]),
    ("LogNormal", {"loc": 0.1, "scale": 0.7}, [3.0, 0.5]),
    ("Uniform", {"low": [0.25, 0.5], "high": [0.75, 1.5]}, [0.3, 1.4]),
    ("Uniform", {"low": [-1.0, 0.0], "high": [2.0, 1.0]}, [1.5, 0.25]),
    ("Bernoulli", {"probs": [0.2, 0.9]}, [1.0, 0.0]),
    ("Bernoulli", {"logits": [0.5, -30.0]}, [1.0, 1.0]),
    ("Categorical", {"probs": [[0.2, 0.5, 0.3], [1.0, 2.0, 0.5]]}, [2, 1]),
    ("Categorical", {"logits": [[0.1, 1.5, -0.3], [1.0, 2.0, 3.0]]}, [[0, 1], [2, 2]]),
    ("OneHotCategorical", {"probs": [[0.2, 0.5, 0.3], [1.0, 2.0, 0.5]]}, [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    ("OneHotCategorical", {"logits": [[0.1, 1.5, -0.3], [1.0, 2.0, 3.0]]}, [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),
    ("Exponential", {"rate": [0.5, 3.0]}, [0.2, 1.5]),
    ("Exponential", {"rate": [2.0, 0.7]}, [0.0, 0.3]),
    ("Laplace", {"loc": [0.5, -1.0], "scale": [1.5, 0.3]}, [0.2, -0.8]),
    ("Laplace", {"loc": [0.0, 1.0], "scale": [1.0, 2.0]}, [4.0, -5.0]),
    ("Gamma", {"concentration": [0.5, 3.0], "rate": [2.0, 0.7]}, [0.2, 4.0]),
    ("Gamma", {"concentration": [1.5, 20.0], "rate": [1.0, 3.0]}, [2.0, 6.0]),
    ("Chi2", {"df": [3.0, 7.0]}, [2.0, 6.0]),
    ("Beta", {"concentration1": [0.5, 3.0], "concentration0": [2.0, 1.7]}, [0.2, 0.9]),
    ("Beta", {"concentration1": [1.5, 0.5], "concentration0": [1.0, 0.25]}, [0.5, 0.6]),
    ("Dirichlet", {"concentration": [[0.5, 2.0, 1.5], [3.0, 1.0, 4.0]]}, [[0.2, 0.3, 0.5], [0.5, 0.25, 0.25]]),
    ("Dirichlet", {"concentration": [[0.5, 0.25, 0.75], [1.5, 1.0, 2.0]]}, [[0.2, 0.3, 0.5], [0.5, 0.25, 0.25]]),
    ("Gumbel", {"loc": [0.5, -1.0], "scale": [1.5, 0.3]}, [0.2, -0.8]),
    ("Gumbel", {"loc": [0.0, 1.0], "scale": [1.0, 2.0]}, [4.0, -2.0]),
    ("Poisson", {"rate": [0.5, 30.0]}, [2.0, 25.0]),
    ("Poisson", {"rate": [4.0, 0.1]}, [0.0, 1.0]),
    ("Geometric", {"probs": [0.2, 0.9]}, [3.0, 0.0]),
    ("Geometric", {"logits": [0.5, -3.0]}, [1.0, 4.0]),
    ("Binomial", {"totalCount": 5, "probs": [0.2, 0.9]}, [3.0, 5.0]),
    ("Binomial", {"totalCount": 5, "logits": [0.5, -3.0]}, [1.0, 0.0]),
    ("MultivariateNormal", {"loc": [0.5, -1.0], "scaleTril": [[1.5, 0.0], [-0.4, 0.6]]}, [[0.2, 0.1], [1.0, -1.0]]),
    ("MultivariateNormal", {"loc": [0.5, 0.0], "covarianceMatrix": [[2.0, 0.4], [0.4, 1.0]]}, [0.2, -0.8]),
    ("MultivariateNormal", {"loc": [[0.5, 0.0], [1.0, 2.0]], "precisionMatrix": [[2.0, 0.4], [0.4, 1.0]]}, [0.2, -0.8]),
    ("Cauchy", {"loc": [0.5, -1.0], "scale": [1.5, 0.3]}, [0.2, -0.8]),
    ("Cauchy", {"loc": [0.0, 1.0], "scale": [1.0, 2.0]}, [4.0, -2.0]),
    ("HalfNormal", {"scale": [1.5, 0.3]}, [0.2, 0.8]),
    ("HalfNormal", {"scale": [0.7, 2.0]}, [1.0, 0.1]),
    ("StudentT", {"df": [3.0, 1.5], "loc": [0.5, -1.0], "scale": [1.5, 0.3]}, [0.2, -0.8]),
    ("RelaxedBernoulli", {"temperature": 0.7, "probs": [0.2, 0.9]}, [0.3, 0.6]),
    ("RelaxedOneHotCategorical", {"temperature": 0.7, "logits": [[0.1, 1.5, -0.3]]}, [[0.2, 0.3, 0.5]]),
]
FACTS = ["mean", "variance", "stddev", "mode"]
snake = lambda name: "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def build(kind, parameters, grad=False):
    made = {}
    for key, value in parameters.items():
        t = torch.tensor(value, dtype=torch.float64) if key != "totalCount" else value
        made[key] = t.requires_grad_() if grad and key not in ("totalCount", "temperature") else t
    return getattr(D, kind)(**{snake(k): v for k, v in made.items()}), [v for v in made.values() if torch.is_tensor(v) and v.requires_grad]


def plain(t):
    def number(v):
        if isinstance(v, list):
            return [number(e) for e in v]
        if isinstance(v, float) and not math.isfinite(v):
            return str(v)
        return float(f"{v:.9g}") if isinstance(v, float) else v
    return number(t.tolist())


def attempt(fn):
    try:
        return plain(fn())
    except (NotImplementedError, AttributeError):
        return None


def gradients(value, leaves):
    finite = torch.where(value.isfinite(), value, torch.zeros_like(value)).sum()
    if not leaves or not finite.requires_grad:
        return []
    return [plain(g if g is not None else torch.zeros_like(p)) for p, g in zip(leaves, torch.autograd.grad(finite, leaves, allow_unused=True, retain_graph=True))]


def case(kind, parameters, value):
    d, leaves = build(kind, parameters, grad=True)
    v = torch.tensor(value, dtype=torch.int64 if kind == "Categorical" else torch.float64)
    text = repr(d)
    score = d.log_prob(v)
    row = {"kind": kind, "parameters": parameters, "value": value, "batchShape": list(d.batch_shape), "eventShape": list(d.event_shape)}
    row["text"] = None if kind in ("LogNormal", "Beta", "OneHotCategorical", "RelaxedBernoulli", "RelaxedOneHotCategorical", "Chi2", "HalfNormal", "StudentT", "Cauchy") else text
    row["hasRsample"] = d.has_rsample
    row["support"] = None if kind in ("Binomial", "Uniform") else str(d.support)
    row["logProb"] = plain(score)
    row["logProbGradients"] = gradients(score, leaves)
    for fact in FACTS:
        row[fact] = attempt(lambda: getattr(d, fact))
    row["entropy"] = attempt(d.entropy)
    if row["entropy"] is not None:
        row["entropyGradients"] = gradients(d.entropy(), leaves)
    row["cdf"] = attempt(lambda: d.cdf(v))
    row["icdf"] = attempt(lambda: d.icdf(torch.tensor([0.125, 0.75], dtype=torch.float64)))
    row["values"] = attempt(lambda: d.enumerate_support(expand=True))
    row["expanded"] = attempt(lambda: d.expand(torch.Size([2, *d.batch_shape])).log_prob(v))
    return row


def divergences():
    """Of each first case of a kind from each second one; null where there is no formula."""
    kinds = list(dict.fromkeys(kind for kind, _, _ in CASES))
    rows = []
    for p_kind in kinds:
        for q_kind in kinds:
            p_parameters = next(p for k, p, _ in CASES if k == p_kind)
            q_parameters = [p for k, p, _ in CASES if k == q_kind][:2][-1]
            p, leaves = build(p_kind, p_parameters, grad=True)
            q, others = build(q_kind, q_parameters, grad=True)
            try:
                kl = D.kl_divergence(p, q)
            except NotImplementedError:
                continue
            rows.append({"p": [p_kind, p_parameters], "q": [q_kind, q_parameters], "kl": plain(kl), "gradients": gradients(kl, leaves + others)})
    return rows


def gamma_slopes():
    """d(log x)/d(concentration) at a fixed quantile, by differences of the distribution function."""
    rows = []
    for a in (0.05, 0.3, 0.9, 1.0, 2.5, 10.0, 100.0, 3000.0):
        for z in (-2.5, -1.0, 0.0, 0.7, 2.5):
            x = torch.tensor(a * max(1 - 1 / (9 * a) + z / (3 * math.sqrt(a)), 0.05) ** 3 if a > 0.5 else a * 10 ** (z - 1), dtype=torch.float64)
            h = 1e-4 * a
            difference = lambda h: (torch.special.gammainc(torch.tensor(a + h, dtype=torch.float64), x) - torch.special.gammainc(torch.tensor(a - h, dtype=torch.float64), x)) / (2 * h)
            by_shape = (4 * difference(h) - difference(2 * h)) / 3
            log_density = a * x.log() - x - torch.lgamma(torch.tensor(a, dtype=torch.float64))
            slope = -by_shape / log_density.exp()
            known = torch._standard_gamma_grad(torch.tensor(a, dtype=torch.float64), x) / x
            assert abs(slope / known - 1) < 5e-3, (a, x, slope, known)
            rows.append([a, float(f"{x.log().item():.9g}"), float(f"{slope.item():.7g}")])
    return rows


def main():
    golden = {"cases": [case(*c) for c in CASES], "divergences": divergences(), "gammaSlopes": gamma_slopes()}
    rows = lambda name: ",\n".join(json.dumps(row, separators=(",", ":")) for row in golden[name])
    text = "{" + ",\n".join(f'"{name}":[\n{rows(name)}\n]' for name in golden) + "}\n"
    (ROOT / "test/golden/distributions.json").write_text(text)
    print(f"{len(text)} bytes, {len(golden['divergences'])} divergences")


if __name__ == "__main__":
    torch.set_num_threads(1)
    sys.exit(main())
