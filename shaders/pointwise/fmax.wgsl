// NaN loses.
fn forward(a: T, b: T) -> T {
  return select(select(max(a, b), a, is_nan(b)), b, is_nan(a));
}
