fn forward(x: T) -> T {
  return precise_erf(x);
}

// 2 / sqrt(pi) exp(-x^2)
fn backward(x: T, dy: T) -> T {
  return 1.12837917 * dy * precise_exp(-x * x);
}
