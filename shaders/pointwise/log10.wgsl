fn forward(x: T) -> T {
  return precise_log10(x);
}

fn backward(x: T, dy: T) -> T {
  return precise_div(dy * 0.434294482, x);
}
