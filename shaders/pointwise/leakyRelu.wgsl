fn forward(x: T, slope: T) -> T {
  return select(x * slope, x, is_positive(x));
}

fn backward(x: T, dy: T, slope: T) -> T {
  return select(dy * slope, dy, is_positive(x));
}
