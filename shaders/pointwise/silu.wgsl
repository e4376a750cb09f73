fn forward(x: T) -> T {
  return x * precise_sigmoid(x);
}

fn backward(x: T, dy: T) -> T {
  let s = precise_sigmoid(x);
  return dy * (s * (1.0 + x * (1.0 - s)));
}
