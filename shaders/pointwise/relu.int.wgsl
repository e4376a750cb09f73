fn forward(x: T) -> T {
  return max(x, T(0));
}

fn backward(y: T, dy: T) -> T {
  return select(dy, T(0), y <= T(0));
}
