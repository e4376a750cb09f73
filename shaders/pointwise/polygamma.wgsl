fn forward(x: T, n: T) -> T {
  return precise_polygamma(x, n);
}

fn backward(x: T, dy: T, n: T) -> T {
  return dy * precise_polygamma(x, n + 1.0);
}
