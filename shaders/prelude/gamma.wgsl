// log |gamma|, its derivatives, and sin and cos of multiples of pi.

/** (sin, cos) of pi x; the reduction is exact, so whole and half numbers give 0 and 1. */
fn sin_cos_pi(x: f32) -> vec2<f32> {
  // From 2^24 on every number is even.
  let a = select(0.0, x, abs(x) < 16777216.0);
  let n = round(2.0 * a);
  let r = 3.14159265 * (a - 0.5 * n);
  return vec2<f32>(sin_quadrant(r, i32(n)), sin_quadrant(r, i32(n) + 1));
}

fn precise_sinc(x: f32) -> f32 {
  let a = abs(x);
  if (!is_finite(x)) {
    return nan_f32();
  }
  // Below, the function is 1 to the last place, and the quotient might be of flushed numbers.
  return select(precise_div(sin_cos_pi(a).x, 3.14159265 * min(a, 1e38)), 1.0, a < 1e-5);
}

/** log gamma of 1 <= x <= 3: it is 0 at 1 and 2, and a polynomial times (x - 1) (x - 2). */
fn lgamma_near(x: f32) -> f32 {
  let t = x - 2.0;
  if (x < 1.5) {
    let u = x - 1.0;
    let high = fma(fma(fma(1.794798023e-2, u, -5.258809566e-2), u, 8.502309143e-2), u, -1.139946422e-1);
    return u * t * fma(fma(fma(high, u, 1.553438751e-1), u, -2.452486614e-1), u, 5.772156515e-1);
  }
  if (x < 2.0) {
    let high = fma(fma(fma(-4.343902996e-3, t, 3.546775421e-3), t, -1.278857724e-2), t, 3.291551328e-2);
    return (x - 1.0) * t * fma(fma(high, t, -1.003194847e-1), t, 4.227843196e-1);
  }
  let high = fma(fma(fma(2.442448973e-4, t, -1.428516687e-3), t, 4.602058508e-3), t, -1.225749511e-2);
  return (x - 1.0) * t * fma(fma(fma(high, t, 3.294509204e-2), t, -1.003161069e-1), t, 4.227843233e-1);
}

/** log gamma of x > 0: Stirling's formula from 8 on, recurrence to [1, 3] below. */
fn lgamma_positive(x: f32) -> f32 {
  if (x >= 8.0) {
    // x log x overflows where x (log x - 1) does not yet.
    let u = 1.0 / min(x, 1e30);
    let w = u * u;
    let tail = u * fma(fma(7.93650794e-4, w, -2.77777778e-3), w, 8.33333333e-2);
    return fma(x - 0.5, precise_log(x) - 1.0, 0.418938533 + tail);
  }
  if (x < 1.0) {
    // Near 0 the first term is nothing beside the second, and near 1 the two do not cancel.
    return lgamma_near(x + 1.0) - precise_log(x);
  }
  var z = x;
  var product = 1.0;
  for (var i = 0; i < 5; i++) {
    if (z >= 3.0) {
      z -= 1.0;
      product *= z;
    }
  }
  return lgamma_near(z) + precise_log(product);
}

fn precise_lgamma(x: f32) -> f32 {
  if (!is_finite(x)) {
    return select(inf_f32(), x, is_nan(x));
  }
  if (!is_negative(x)) {
    return select(lgamma_positive(x), inf_f32(), x == 0.0);
  }
  let a = -x;
  // log(pi / |x sin(pi x)|) - log gamma(-x); sin(pi x) is pi x for the smallest.
  let sine = abs(sin_cos_pi(x).x);
  if (a < 1e-5) {
    return -precise_log(a);
  }
  return select(1.14472989 - precise_log(a * sine) - lgamma_positive(a), inf_f32(), sine == 0.0);
}

/** The derivative of log gamma of x > 0: its asymptotic series from 6 on, recurrence below. */
fn digamma_positive(x: f32) -> f32 {
  var z = x;
  var sum = 0.0;
  for (var i = 0; i < 6; i++) {
    if (z < 6.0) {
      sum -= precise_div(1.0, z);
      z += 1.0;
    }
  }
  let u = precise_div(1.0, z);
  let w = u * u;
  let series = w * fma(fma(3.96825397e-3, w, -8.33333333e-3), w, 8.33333333e-2);
  return sum + (precise_log(z) - fma(0.5, u, series));
}

fn precise_digamma(x: f32) -> f32 {
  if (is_nan(x)) {
    return x;
  }
  if ((bitcast<u32>(x) << 1u) == 0u) {
    return copy_sign(inf_f32(), -x);
  }
  if (!is_negative(x)) {
    return digamma_positive(x);
  }
  let both = sin_cos_pi(x);
  if (is_inf(x) || both.x == 0.0) {
    return select(nan_f32(), precise_div(-1.0, x), abs(x) < 1e-5);
  }
  return digamma_positive(1.0 - x) - 3.14159265 * precise_div(both.y, both.x);
}

/** The sum of (q + k)^-s over k >= 0, for q > 0 and s > 1: eight terms, then the Euler-Maclaurin formula (DLMF 25.11.28). */
fn hurwitz_zeta(s: f32, q: f32) -> f32 {
  var sum = 0.0;
  for (var k = 0; k < 8; k++) {
    sum += precise_pow(q + f32(k), -s);
  }
  let w = q + 8.0;
  let u = precise_div(1.0, w);
  // w^(1 - s): w^-s alone may be flushed to 0.
  let whole = precise_pow(w, 1.0 - s);
  let last = whole * fma(0.5, u, 1.0 / (s - 1.0));
  let u2 = u * u;
  let c1 = s * u;
  let c2 = c1 * (s + 1.0) * (s + 2.0) * u2;
  let c3 = c2 * (s + 3.0) * (s + 4.0) * u2;
  let c4 = c3 * (s + 5.0) * (s + 6.0) * u2;
  let series = fma(c1, 8.33333333e-2, fma(c2, -1.38888889e-3, fma(c3, 3.30687831e-5, c4 * -8.26719577e-7)));
  return sum + fma(whole * u, series, last);
}

/** The n-th derivative of digamma, n >= 1: (-1)^(n+1) n! zeta(n + 1, x). Left of 0 the terms left of 0 are summed apart. */
fn precise_polygamma(x: f32, n: f32) -> f32 {
  if (is_nan(x)) {
    return x;
  }
  let sign = select(-1.0, 1.0, (i32(n) & 1) == 1);
  var factor = sign;
  for (var i = 2.0; i <= min(n, 35.0); i += 1.0) {
    factor *= i;
  }
  if (is_inf(x)) {
    return select(0.0 * factor, nan_f32(), is_negative(x));
  }
  if (x == floor(x) && x <= 0.0) {
    return sign * inf_f32();
  }
  if (x > 0.0) {
    return factor * hurwitz_zeta(n + 1.0, x);
  }
  // The distance from the nearest pole, whose term is the greatest.
  let d = x - round(x);
  let s = n + 1.0;
  let nearest = select(1.0, sign, d < 0.0) * precise_pow(abs(d), -s);
  let left = hurwitz_zeta(s, 1.0 - d) - hurwitz_zeta(s, 1.0 - x);
  return factor * (nearest + fma(sign, left, hurwitz_zeta(s, 1.0 + d)));
}
