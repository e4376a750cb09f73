// asinh, acosh and atanh by log1p, so that nothing is lost near 0 (acosh: near 1); from 1e4 on the logarithm of 2 |x|.

fn precise_asinh(x: f32) -> f32 {
  let a = abs(x);
  let b = min(a, 1e4);
  let near = precise_log1p(b + b * b / (1.0 + precise_sqrt(fma(b, b, 1.0))));
  let y = select(precise_log(a) + 0.693147181, near, a < 1e4);
  return select(copy_sign(y, x), x, is_nan(x));
}

fn precise_acosh(x: f32) -> f32 {
  let t = min(x, 1e4) - 1.0;
  let near = precise_log1p(t + precise_sqrt(t * (t + 2.0)));
  let y = select(precise_log(x) + 0.693147181, near, x < 1e4);
  return select(select(y, nan_f32(), x < 1.0), x, is_nan(x));
}

fn precise_atanh(x: f32) -> f32 {
  let a = abs(x);
  let y = 0.5 * precise_log1p(precise_div(2.0 * a, 1.0 - a));
  return select(copy_sign(select(nan_f32(), y, a <= 1.0), x), x, is_nan(x));
}
