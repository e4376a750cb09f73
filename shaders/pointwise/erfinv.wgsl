fn forward(x: T) -> T {
  return precise_erfinv(x);
}

// sqrt(pi) / 2 exp(y^2)
fn backward(y: T, dy: T) -> T {
  return dy * 0.886226925 * exp_of_square(y, 1.0);
}
