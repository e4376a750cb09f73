fn forward(x: T) -> T {
  return precise_sinh(x);
}

fn backward(x: T, dy: T) -> T {
  return dy * precise_cosh(x);
}
