fn forward(x: T) -> T {
  return precise_cos(x);
}

fn backward(x: T, dy: T) -> T {
  return -dy * precise_sin(x);
}
