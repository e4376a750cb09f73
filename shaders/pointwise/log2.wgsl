fn forward(x: T) -> T {
  return precise_log2(x);
}

fn backward(x: T, dy: T) -> T {
  return precise_div(dy * 1.44269504, x);
}
