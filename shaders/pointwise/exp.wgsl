fn forward(x: T) -> T {
  return precise_exp(x);
}

fn backward(y: T, dy: T) -> T {
  return dy * y;
}
