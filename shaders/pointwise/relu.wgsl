fn forward(x: T) -> T {
  return select(x, 0.0, is_negative(x));
}

// NaN lets the gradient pass, as in PyTorch.
fn backward(y: T, dy: T) -> T {
  return select(0.0, dy, is_positive(y) || is_nan(y));
}
