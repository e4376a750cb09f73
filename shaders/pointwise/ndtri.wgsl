fn forward(x: T) -> T {
  return precise_ndtri(x);
}

// sqrt(2 pi) exp(y^2 / 2)
fn backward(y: T, dy: T) -> T {
  return dy * 2.50662827 * exp_of_square(y, 0.5);
}
