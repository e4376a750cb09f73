// erfc and its scaled form, their inverses, and the logarithm of the normal distribution function.

/** e^(rate x^2), rate one of 1, -1, 1/2 and -1/2: x^2 is split in two, as its rounding alone would cost the digits of large x. */
fn exp_of_square(x: f32, rate: f32) -> f32 {
  let a = min(abs(x), 14.0);
  let high = bitcast<f32>(bitcast<u32>(a) & 0xfffff000u);
  let low = (a - high) * (a + high);
  let y = precise_exp(rate * high * high);
  return select(y * (1.0 + exp_tail(rate * low)), x, is_nan(x));
}

/** e^(x^2) erfc(x) for x >= 0.46: (1 + 2 x) times it is a polynomial in (x - 3) / (x + 3). */
fn erfcx_tail(x: f32) -> f32 {
  let t = 1.0 - 6.0 / (min(x, 1e30) + 3.0);
  let a = fma(fma(fma(-6.074495249e-4, t, 1.725267997e-3), t, 2.433419909e-3), t, -2.367847271e-2);
  let b = fma(fma(fma(a, t, 6.833249317e-2), t, -1.192950382e-1), t, 1.296424615e-1);
  let p = fma(fma(fma(b, t, -4.756055306e-2), t, -1.35621015e-1), t, 1.253008036);
  return precise_div(p, fma(2.0, x, 1.0));
}

fn precise_erfc(x: f32) -> f32 {
  let a = abs(x);
  if (a < 0.46) {
    return 1.0 - precise_erf(x);
  }
  let tail = exp_of_square(a, -1.0) * erfcx_tail(a);
  return select(select(tail, 2.0 - tail, is_negative(x)), x, is_nan(x));
}

fn precise_erfcx(x: f32) -> f32 {
  let a = abs(x);
  if (a < 0.46) {
    return precise_exp(x * x) * (1.0 - precise_erf(x));
  }
  let tail = erfcx_tail(a);
  if (is_negative(x)) {
    return fma(2.0, exp_of_square(a, 1.0), -tail);
  }
  return select(tail, x, is_nan(x));
}

/** 2 x erfcx(x) - 2 / sqrt(pi), of which the two parts cancel for large x: there its asymptotic series. */
fn erfcx_slope(x: f32) -> f32 {
  if (x > 16.0) {
    let u = precise_div(1.0, x);
    let w = 0.5 * u * u;
    return -1.12837917 * w * fma(w, fma(15.0, w, -3.0), 1.0);
  }
  return fma(2.0 * x, precise_erfcx(x), -1.12837917);
}

fn log_ndtr(x: f32) -> f32 {
  let z = x * 0.707106781;
  if (x < -1.0) {
    return precise_log(0.5 * erfcx_tail(-z)) - z * z;
  }
  return precise_log1p(-0.5 * precise_erfc(z));
}

/** erf^-1(x) / x by the logarithm w = -log(1 - x^2): polynomials in w and in its root (after M. Giles, GPU Computing Gems 2). */
fn erfinv_ratio(w: f32) -> f32 {
  if (w < 5.0) {
    let t = w - 2.5;
    let a = fma(fma(fma(-8.79087142e-9, t, 2.323294306e-8), t, 4.66168154e-7), t, -3.462708732e-6);
    let b = fma(fma(fma(a, t, -4.963336615e-6), t, 2.183444565e-4), t, -1.252741897e-3);
    return fma(fma(fma(b, t, -4.177386806e-3), t, 2.466402862e-1), t, 1.501409359);
  }
  let root = precise_sqrt(w);
  if (root < 4.05) {
    let t = root - 3.0;
    let a = fma(fma(fma(1.167129414e-4, t, -3.104255004e-4), t, -5.826082668e-5), t, 1.486129775e-3);
    let b = fma(fma(fma(a, t, -3.596624008e-3), t, 5.686590409e-3), t, -7.637452768e-3);
    return fma(fma(fma(b, t, 9.445329051e-3), t, 1.001674977), t, 2.832976801);
  }
  let t = root - 7.0;
  let a = fma(fma(1.6169444e-8, t, -9.451266557e-8), t, 2.322625538e-7);
  let b = fma(fma(fma(a, t, -1.296836893e-6), t, 6.423984223e-6), t, 5.392214429e-6);
  return fma(fma(fma(b, t, -5.132645398e-4), t, 1.008596263), t, 6.869019823);
}

fn precise_erfinv(x: f32) -> f32 {
  let a = abs(x);
  if (is_nan(x) || a >= 1.0) {
    return select(nan_f32(), copy_sign(inf_f32(), x), a == 1.0 && !is_nan(x));
  }
  let w = select(precise_log((1.0 - a) * (1.0 + a)), precise_log1p(-a * a), a < 0.5);
  return x * erfinv_ratio(-w);
}

/** The inverse of the normal distribution function. */
fn precise_ndtri(p: f32) -> f32 {
  if (is_nan(p) || p < 0.0 || p > 1.0) {
    return nan_f32();
  }
  if (p == 0.0 || p == 1.0) {
    return copy_sign(inf_f32(), p - 0.5);
  }
  let x = fma(2.0, p, -1.0);
  let w = select(precise_log(4.0 * p * (1.0 - p)), precise_log1p(-x * x), abs(x) < 0.5);
  return 1.41421356 * x * erfinv_ratio(-w);
}
