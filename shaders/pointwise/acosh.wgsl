fn forward(x: T) -> T {
  return precise_acosh(x);
}

fn backward(x: T, dy: T) -> T {
  return dy * precise_rsqrt((x - 1.0) * (x + 1.0));
}
