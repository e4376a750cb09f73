// tanh(x) = -t / (2 + t) with t = expm1(-2 |x|), which neither overflows nor cancels.
fn precise_tanh(x: f32) -> f32 {
  let reduced = exp_reduce(-2.0 * min(abs(x), 20.0));
  let scale = bitcast<f32>((i32(reduced.y) + 127) << 23u);
  let t = fma(scale, exp_tail(reduced.x), scale - 1.0);
  return select(copy_sign(t / (2.0 + t), x), x, is_nan(x));
}

fn precise_sinh(x: f32) -> f32 {
  let t = precise_expm1(min(abs(x), 80.0));
  let small = 0.5 * (t + t / (t + 1.0));
  // e^|x| alone would overflow before its half does.
  let root = precise_exp(0.5 * abs(x));
  return copy_sign(select((0.5 * root) * root, small, abs(x) <= 10.0), x);
}

fn precise_cosh(x: f32) -> f32 {
  let root = precise_exp(0.5 * abs(x));
  let y = precise_exp(min(abs(x), 80.0));
  return select((0.5 * root) * root, fma(0.5, y, 0.5 / y), abs(x) <= 10.0);
}
