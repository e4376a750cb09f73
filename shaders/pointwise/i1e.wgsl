fn forward(x: T) -> T {
  return precise_i1e(x);
}

fn backward(x: T, dy: T) -> T {
  let slope = precise_i0e(x) - precise_i1e(x) * (sign_of(x) + precise_div(1.0, x));
  return dy * select(slope, 0.5, abs(x) < 1e-30);
}
