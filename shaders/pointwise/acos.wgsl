fn forward(x: T) -> T {
  return precise_acos(x);
}

fn backward(x: T, dy: T) -> T {
  return -dy * precise_rsqrt((1.0 - x) * (1.0 + x));
}
