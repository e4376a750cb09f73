// NaN counts as positive.
fn forward(a: T, b: T) -> T {
  return copy_sign(a, select(b, 1.0, is_nan(b)));
}
