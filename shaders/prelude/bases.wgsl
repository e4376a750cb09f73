// Exponential and logarithms to the bases 2 and 10. Powers of 2 are exact.

fn precise_exp2(x: f32) -> f32 {
  let n = round(clamp(x, -127.0, 129.0));
  let y = bitcast<f32>(bitcast<i32>(1.0 + exp_tail((x - n) * 0.693147181)) + (i32(n) << 23u));
  // Results below the smallest normal number are 0 on every device.
  let finite = select(y, 0.0, x < -126.0);
  return select(select(finite, inf_f32(), x >= 128.0), x, is_nan(x));
}

fn precise_log2(x: f32) -> f32 {
  if (bitcast<u32>(x) - 1u >= 0x7f7fffffu) {
    return log_special(x);
  }
  let reduced = log_reduce(x);
  return fma(log_combine(0.0, reduced.y), 1.44269504, reduced.x);
}

/** log10(2) is added in two parts, the first of which times any exponent is exact. */
fn precise_log10(x: f32) -> f32 {
  if (bitcast<u32>(x) - 1u >= 0x7f7fffffu) {
    return log_special(x);
  }
  let reduced = log_reduce(x);
  let low = fma(log_combine(0.0, reduced.y), 0.434294482, reduced.x * 4.60503898e-6);
  return fma(reduced.x, 0.301025391, low);
}
