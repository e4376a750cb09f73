// From the nearer end, so that both ends are exact.
fn forward(a: T, b: T, w: T) -> T {
  let d = b - a;
  return select(b - d * (1.0 - w), a + w * d, abs(w) < 0.5);
}
