fn forward(x: T) -> T {
  return precise_sigmoid(x);
}

fn backward(y: T, dy: T) -> T {
  return dy * (1.0 - y) * y;
}
