"""PyTorch's side of factorisations.ts and linalg.ts."""
import torch

L = torch.linalg


def shifted(a, c=3):
    return a + c * torch.eye(a.shape[-2], a.shape[-1], dtype=a.dtype) if a.dim() >= 2 else a


def positive(a):
    return shifted(a @ a.mT, 1)


def triangle(a, o):
    return torch.triu(shifted(a)) if o.get("upper") else torch.tril(shifted(a))


def names(o):
    """Names that are capital letters."""
    return {{"_u_p_l_o": "UPLO", "_n": "N"}.get(k, k): v for k, v in o.items()}


def eigh(t, o):
    values, vectors = L.eigh(t[0] + t[0].mT, **names(o))
    return [values, vectors.square()]


def qr(t, o):
    q, r = L.qr(t[0], **o)
    return r.detach() if o.get("mode") == "r" else [q, r]


def svd(t, o):
    u, s, vh = L.svd(t[0], **o)
    k = s.shape[-1]
    return [s, u[..., :k].square(), vh.mT[..., :k].square()]


def svd_full(t, o):
    u, s, vh = L.svd(t[0].detach())
    return [u @ u.mT, s, vh @ vh.mT]


def torch_svd(t, o):
    u, s, v = torch.svd(t[0], **o)
    return [u, s, v] if o.get("compute_uv") is False else [s, u[..., :2].square(), v[..., :2].square()]


def lstsq(t, o):
    r = L.lstsq(t[0], t[1], **o)
    return [r.solution, r.residuals] if o.get("driver") == "gels" else [r.solution, r.residuals, r.rank, r.singular_values.detach()]


def cond(t, o):
    """PyTorch's own backward fails but for singular values: it writes over the inverse."""
    a = shifted(t[0])
    p = o.get("p")
    known = ("fro", "nuc", 1, -1, float("inf"))
    return L.matrix_norm(a, p) * L.matrix_norm(L.inv(a), p) if p in known else L.cond(a, p)


def cond_singular(t, o):
    return L.cond(t[0].detach(), 1)


def det_singular(t, o):
    """PyTorch's own gradient there is 0, but not when it is recorded: then it is the adjugate."""
    a = t[0]
    s = [[0, 1, 2], [1, 2, 0], [2, 0, 1]]
    return sum(a[0, i] * a[1, j] * a[2, k] - a[0, i] * a[1, k] * a[2, j] for i, j, k in s)


def dims(o):
    return {k: tuple(int(d) for d in v) if isinstance(v, list) else v for k, v in o.items()}


def tensorinv(t, o):
    return L.tensorinv(shifted(t[0].reshape(4, 4)).reshape(t[0].shape), **o)


def lu_solve(t, o):
    lu, pivots = L.lu_factor(shifted(t[0]))
    return L.lu_solve(lu, pivots, t[1], **o)


def triangular_solve(t, o):
    x, a = torch.triangular_solve(t[0], shifted(t[1]), **o)
    return [x, a.detach()]


def ormqr(t, o):
    """PyTorch's own takes no gradient."""
    m = t[0].shape[-2]
    q = L.householder_product(torch.cat([t[0], torch.zeros(m, m - t[0].shape[-1], dtype=t[0].dtype)], -1), t[1])
    q = q.mT if o.get("transpose") else q
    return t[2] @ q if o.get("left") is False else q @ t[2]


TABLE = {
    "linalg.cholesky": lambda t, o: L.cholesky(positive(t[0]), **o),
    "linalg.choleskyOf": lambda t, o: L.cholesky(t[0]),
    "linalg.choleskyEx": lambda t, o: L.cholesky_ex(positive(t[0]), **o),
    "linalg.choleskyInfo": lambda t, o: L.cholesky_ex(t[0]).info,
    "linalg.lu": lambda t, o: L.lu(t[0]),
    "linalg.luFactor": lambda t, o: L.lu_factor(shifted(t[0])),
    "linalg.luFactorEx": lambda t, o: L.lu_factor_ex(t[0]),
    "linalg.luSingular": lambda t, o: [*L.lu(t[0].detach()), *L.lu_factor_ex(t[0].detach())],
    "linalg.qr": qr,
    "linalg.qrComplete": lambda t, o: L.qr(t[0], "complete"),
    "linalg.eigh": eigh,
    "linalg.eighOf": lambda t, o: L.eigh(t[0], **names(o)).eigenvalues,
    "linalg.eigvalsh": lambda t, o: L.eigvalsh(t[0] + t[0].mT, **names(o)),
    "linalg.svd": svd,
    "linalg.svdFull": svd_full,
    "linalg.svdvals": lambda t, o: L.svdvals(t[0]),
    "linalg.householderProduct": lambda t, o: L.householder_product(t[0], t[1]),
    "cholesky": lambda t, o: torch.cholesky(positive(t[0]), **o),
    "qr": lambda t, o: torch.qr(t[0], **o),
    "svd": torch_svd,
    "lu": lambda t, o: torch.lu(shifted(t[0]), get_infos=True),
    "luSolve": lambda t, o: torch.lu_solve(t[0], *L.lu_factor(shifted(t[1]))),
    "luUnpack": lambda t, o: torch.lu_unpack(*L.lu_factor(t[0])),
    "luUnpackPart": lambda t, o: torch.lu_unpack(*L.lu_factor(t[0].detach()), **o),
    "triangularSolve": triangular_solve,
    "orgqr": lambda t, o: torch.orgqr(t[0], t[1]),
    "ormqr": ormqr,
    "linalg.inv": lambda t, o: L.inv(shifted(t[0])),
    "linalg.invEx": lambda t, o: L.inv_ex(shifted(t[0])),
    "linalg.invInfo": lambda t, o: L.inv_ex(t[0]).info,
    "linalg.solve": lambda t, o: L.solve(shifted(t[0]), t[1], **o),
    "linalg.solveEx": lambda t, o: L.solve_ex(shifted(t[0]), t[1], **o),
    "linalg.solveTriangular": lambda t, o: L.solve_triangular(shifted(t[0]), t[1], **o),
    "linalg.luSolve": lu_solve,
    "linalg.pinv": lambda t, o: L.pinv(positive(t[0]) if o.get("hermitian") else t[0], **o),
    "linalg.lstsq": lstsq,
    "linalg.tensorinv": tensorinv,
    "linalg.tensorsolve": lambda t, o: L.tensorsolve(shifted(t[0].reshape(4, 4)).reshape(t[0].shape), t[1], **dims(o)),
    "linalg.vectorNorm": lambda t, o: L.vector_norm(t[0], **dims(o)),
    "linalg.matrixNorm": lambda t, o: L.matrix_norm(t[0], **dims(o)),
    "linalg.norm": lambda t, o: L.norm(t[0], **dims(o)),
    "linalg.cond": cond,
    "linalg.condSingular": cond_singular,
    "linalg.matrixRank": lambda t, o: L.matrix_rank(t[0], **o),
    "linalg.cross": lambda t, o: L.cross(t[0], t[1], **o),
    "linalg.vecdot": lambda t, o: L.vecdot(t[0], t[1], **o),
    "linalg.matmul": lambda t, o: L.matmul(t[0], t[1]),
    "linalg.diagonal": lambda t, o: L.diagonal(t[0], **o),
    "linalg.matrixPower": lambda t, o: L.matrix_power(shifted(t[0]), o["n"]),
    "linalg.multiDot": lambda t, o: L.multi_dot(t),
    "linalg.matrixExp": lambda t, o: L.matrix_exp(t[0]),
    "linalg.matrixExpLarge": lambda t, o: L.matrix_exp(t[0].detach() * 100),
    "linalg.det": lambda t, o: L.det(t[0]),
    "linalg.detSingular": det_singular,
    "linalg.slogdet": lambda t, o: L.slogdet(t[0]),
    "linalg.slogdetSingular": lambda t, o: L.slogdet(t[0].detach()),
    "linalg.vander": lambda t, o: L.vander(t[0], **names(o)),
    "inverse": lambda t, o: torch.inverse(shifted(t[0])),
    "det": lambda t, o: torch.det(t[0]),
    "logdet": lambda t, o: torch.logdet(t[0]),
    "slogdet": lambda t, o: torch.slogdet(t[0]),
    "choleskySolve": lambda t, o: torch.cholesky_solve(t[0], triangle(t[1], o), **o),
    "choleskyInverse": lambda t, o: torch.cholesky_inverse(triangle(t[0], o), **o),
    "pinverse": lambda t, o: torch.pinverse(t[0], **o),
    "matrixPower": lambda t, o: torch.matrix_power(t[0], o["n"]),
    "matrixExp": lambda t, o: torch.matrix_exp(t[0]),
}
