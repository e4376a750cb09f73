// exp and expm1 by x = n ln 2 + r, |r| <= ln(2) / 2, and a minimax polynomial for e^r - 1.

/** (r, n). ln 2 is subtracted in two parts; the mask and the select change nothing, but no optimizer can merge the parts again. */
fn exp_reduce(x: f32) -> vec2<f32> {
  let n = round(x * 1.44269504);
  let high = bitcast<f32>(bitcast<u32>(n * 0.693359375) & 0xffffffc0u);
  let near = select(x - high, x, n == 0.0);
  return vec2<f32>(near + n * 2.12194440e-4, n);
}

/** e^r - 1 for |r| <= ln(2) / 2. */
fn exp_tail(r: f32) -> f32 {
  let p = fma(fma(fma(fma(1.394707942e-3, r, 8.366950788e-3), r, 4.166627303e-2), r, 1.666654050e-1), r, 0.5);
  return fma(r * r, p, r);
}

fn precise_exp(x: f32) -> f32 {
  let reduced = exp_reduce(x);
  let y = bitcast<f32>(bitcast<i32>(1.0 + exp_tail(reduced.x)) + (i32(reduced.y) << 23u));
  // Results below the smallest normal number are 0 on every device.
  let finite = select(y, 0.0, x < -87.33654);
  return select(select(finite, inf_f32(), x > 88.72283), x, is_nan(x));
}

fn precise_expm1(x: f32) -> f32 {
  let reduced = exp_reduce(clamp(x, -30.0, 30.0));
  let scale = bitcast<f32>((i32(reduced.y) + 127) << 23u);
  let y = fma(scale, exp_tail(reduced.x), scale - 1.0);
  return select(select(y, precise_exp(x), x > 29.0), x, is_nan(x));
}
