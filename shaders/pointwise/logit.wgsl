fn forward(x: T) -> T {
  // Near 1/2 the two logarithms would cancel.
  let near = precise_log1p(precise_div(fma(2.0, x, -1.0), 1.0 - x));
  return select(precise_log(x) - precise_log1p(-x), near, abs(x - 0.5) < 0.2);
}

fn backward(x: T, dy: T) -> T {
  return select(nan_f32(), precise_div(dy, x * (1.0 - x)), x >= 0.0 && x <= 1.0 && !is_nan(x));
}
