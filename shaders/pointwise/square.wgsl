fn forward(x: T) -> T {
  return x * x;
}

fn backward(x: T, dy: T) -> T {
  return T(2) * dy * x;
}
