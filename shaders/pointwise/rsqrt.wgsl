fn forward(x: T) -> T {
  return precise_rsqrt(x);
}

fn backward(y: T, dy: T) -> T {
  return -0.5 * dy * (y * y * y);
}
