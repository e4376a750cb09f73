fn forward(x: T) -> T {
  return precise_digamma(x);
}

fn backward(x: T, dy: T) -> T {
  return dy * precise_polygamma(x, 1.0);
}
