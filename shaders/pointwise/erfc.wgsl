fn forward(x: T) -> T {
  return precise_erfc(x);
}

// -2 / sqrt(pi) exp(-x^2)
fn backward(x: T, dy: T) -> T {
  return -1.12837917 * dy * exp_of_square(x, -1.0);
}
