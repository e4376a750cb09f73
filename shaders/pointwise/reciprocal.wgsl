fn forward(x: T) -> T {
  return precise_div(1.0, x);
}

fn backward(y: T, dy: T) -> T {
  return -dy * y * y;
}
