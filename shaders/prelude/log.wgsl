// log and log1p by x = 2^e (1 + f), sqrt(1/2) <= 1 + f < sqrt(2), and a minimax polynomial for the tail of log(1 + f).

/** (e, f) of a positive finite x, subnormals included. */
fn log_reduce(x: f32) -> vec2<f32> {
  let bits = bitcast<u32>(x);
  let subnormal = bits < 0x00800000u;
  // A subnormal number is its bits as an integer times 2^-149, which devices that flush subnormals also compute.
  let shifted = select(bits, bitcast<u32>(f32(bits)), subnormal) + 0x004afb0du;
  let e = i32(shifted >> 23u) - select(127, 276, subnormal);
  let m = bitcast<f32>((shifted & 0x007fffffu) + 0x3f3504f3u);
  return vec2<f32>(f32(e), m - 1.0);
}

/** log(1 + f) - f + f^2 / 2. */
fn log_tail(f: f32) -> f32 {
  let high = fma(fma(fma(fma(6.929494441e-2, f, -1.179791018e-1), f, 1.187058240e-1), f, -1.238321215e-1), f, 1.421903521e-1);
  let p = fma(fma(fma(fma(high, f, -1.666930765e-1), f, 2.000219375e-1), f, -2.499998510e-1), f, 3.333331048e-1);
  return f * f * f * p;
}

/** log of 2^e (1 + f). */
fn log_combine(e: f32, f: f32) -> f32 {
  let low = fma(e, -2.12194440e-4, log_tail(f));
  return fma(e, 0.693359375, f - fma(0.5 * f, f, -low));
}

/** log of zero, a negative number, infinity or NaN. */
fn log_special(x: f32) -> f32 {
  if ((bitcast<u32>(x) << 1u) == 0u) {
    return -inf_f32();
  }
  return select(x, nan_f32(), is_negative(x));
}

fn precise_log(x: f32) -> f32 {
  if (bitcast<u32>(x) - 1u >= 0x7f7fffffu) {
    return log_special(x);
  }
  let reduced = log_reduce(x);
  return log_combine(reduced.x, reduced.y);
}

fn precise_log1p(x: f32) -> f32 {
  // Near 0 the argument itself is f; adding 1 first would lose its low bits.
  if (x > -0.29 && x < 0.41) {
    return log_combine(0.0, x);
  }
  return precise_log(1.0 + x);
}
