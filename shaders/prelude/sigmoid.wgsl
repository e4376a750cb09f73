// With e = exp(-|x|) <= 1 nothing overflows.
fn precise_sigmoid(x: f32) -> f32 {
  let e = precise_exp(-abs(x));
  return select(1.0, e, is_negative(x)) / (1.0 + e);
}
