// NaN loses.
fn forward(a: T, b: T) -> T {
  return select(select(min(a, b), a, is_nan(b)), b, is_nan(a));
}
