fn forward(x: T) -> T {
  return precise_log(x);
}

fn backward(x: T, dy: T) -> T {
  return precise_div(dy, x);
}
