// WGSL promises a quotient only for divisors in 2^-126 .. 2^126; zero, infinity and the largest numbers are handled here.

fn div_special(a: f32, b: f32) -> f32 {
  if (is_nan(a) || is_nan(b)) {
    return nan_f32();
  }
  let zero = copy_sign(0.0, bitcast<f32>(bitcast<u32>(a) ^ bitcast<u32>(b)));
  if (is_inf(b)) {
    return select(zero, nan_f32(), is_inf(a));
  }
  if (abs(b) > 1.0) {
    return (a * 0.25) / (b * 0.25);
  }
  if ((bitcast<u32>(b) << 1u) == 0u) {
    return select(copy_sign(inf_f32(), zero), nan_f32(), (bitcast<u32>(a) << 1u) == 0u);
  }
  return (a * 16777216.0) / (b * 16777216.0);
}

fn precise_div(a: f32, b: f32) -> f32 {
  let exponent = (bitcast<u32>(b) >> 23u) & 255u;
  if (exponent - 1u >= 252u) {
    return div_special(a, b);
  }
  return a / b;
}
