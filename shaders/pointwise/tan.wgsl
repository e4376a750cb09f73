fn forward(x: T) -> T {
  return precise_tan(x);
}

fn backward(y: T, dy: T) -> T {
  return dy * fma(y, y, 1.0);
}
