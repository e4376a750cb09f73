fn forward(x: T) -> T {
  return precise_cosh(x);
}

fn backward(x: T, dy: T) -> T {
  return dy * precise_sinh(x);
}
