// erf by an odd polynomial below 0.93 and as 1 - exp(polynomial) above; the normal distribution from the same exponential.

fn erf_exponent_tail(t: f32) -> f32 {
  let high = fma(fma(-2.145958861e-4, t, 3.219982143e-3), t, -2.290605009e-2);
  return fma(fma(fma(high, t, 1.052868813e-1), t, 6.356993318e-1), t, 1.285200120e-1);
}

fn precise_erf(x: f32) -> f32 {
  let t = min(abs(x), 4.0);
  if (t < 0.93) {
    let s = x * x;
    let high = fma(fma(fma(-5.976893590e-4, s, 4.990980029e-3), s, -2.676556632e-2), s, 1.128180251e-1);
    return fma(x, fma(fma(high, s, -3.761249483e-1), s, 1.283791512e-1), x);
  }
  return select(copy_sign(1.0 - precise_exp(-fma(t, erf_exponent_tail(t), t)), x), x, is_nan(x));
}

/** The standard normal distribution function, to an absolute error of 1e-7; falls to 0 and rises to 1 for any x. */
fn normal_cdf(x: f32) -> f32 {
  let t = abs(x) * 0.70710678;
  let high = fma(fma(fma(3.144018410e-5, t, -3.088021767e-4), t, 1.032401109e-3), t, 5.369348801e-4);
  let q = fma(fma(fma(fma(high, t, -1.958396286e-2), t, 1.029196158e-1), t, 6.365977526e-1), t, 1.128380299);
  let half = 0.5 * precise_exp(-t * q);
  return select(select(1.0 - half, half, is_negative(x)), x, is_nan(x));
}

/** The standard normal density. */
fn normal_pdf(x: f32) -> f32 {
  return 0.398942280 * precise_exp(-0.5 * x * x);
}
