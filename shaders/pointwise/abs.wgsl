fn forward(x: T) -> T {
  return abs(x);
}

fn backward(x: T, dy: T) -> T {
  return dy * sign_of(x);
}
