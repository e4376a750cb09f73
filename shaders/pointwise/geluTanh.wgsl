// 0.5 x (1 + tanh(u)) = x sigmoid(2 u) with u = sqrt(2 / pi) (x + 0.044715 x^3).
fn forward(x: T) -> T {
  return x * precise_sigmoid(1.59576912 * x * (1.0 + 0.044715 * x * x));
}

// Beyond 15 the derivative is 0 or 1; the clamp keeps x^3 from overflowing.
fn backward(x: T, dy: T) -> T {
  let c = clamp(x, -15.0, 15.0);
  let s = precise_sigmoid(1.59576912 * c * (1.0 + 0.044715 * c * c));
  let slope = 1.59576912 * (1.0 + 0.134145 * c * c);
  return dy * select(nan_f32(), s * (1.0 + c * (1.0 - s) * slope), is_finite(x));
}
