fn forward(x: T) -> T {
  return precise_exp2(x);
}

fn backward(y: T, dy: T) -> T {
  return dy * y * 0.693147181;
}
