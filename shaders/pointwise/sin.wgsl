fn forward(x: T) -> T {
  return precise_sin(x);
}

fn backward(x: T, dy: T) -> T {
  return dy * precise_cos(x);
}
