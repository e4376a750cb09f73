fn forward(x: T) -> T {
  return precise_atan(x);
}

fn backward(x: T, dy: T) -> T {
  return precise_div(dy, fma(x, x, 1.0));
}
