fn forward(x: T) -> T {
  return abs(x);
}

fn backward(x: T, dy: T) -> T {
  return dy * (T(x > T(0)) - T(x < T(0)));
}
