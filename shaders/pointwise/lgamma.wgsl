fn forward(x: T) -> T {
  return precise_lgamma(x);
}

fn backward(x: T, dy: T) -> T {
  return dy * precise_digamma(x);
}
