// Numbers of events: by inversion for rates below 10, else by transformed rejection (PTRS of W. Hormann, Insurance: Mathematics
// and Economics 12, 1993), with as many trials as ever are needed.

fn draw(key: vec2<u32>, element: u32, stream: u32, trial: u32) -> vec2<f32> {
  // Seeds leave the upper bits of their second word free.
  let bits = threefry2x32(vec2<u32>(key.x, key.y ^ (trial << 24u)), vec2<u32>(element, stream));
  return vec2<f32>(bits >> vec2<u32>(8u)) * 5.9604644775390625e-8;
}

fn inverted(rate: f32, u: f32) -> f32 {
  var p = precise_exp(-rate);
  var sum = p;
  var k = 0.0;
  // Behind the mean only what u can still reach counts.
  while (u >= sum && k < 64.0 && (p > 1e-9 || k < rate)) {
    k += 1.0;
    p *= rate / k;
    sum += p;
  }
  return k;
}

/// log(k / rate) k - k + rate, by its series where the terms cancel (C. Loader, "Fast and accurate computation of binomial
/// probabilities", 2000).
fn deviance(k: f32, rate: f32) -> f32 {
  let gap = k - rate;
  if (abs(gap) > 0.1 * (k + rate)) {
    return k * precise_log(k / rate) - gap;
  }
  let v = gap / (k + rate);
  let s = v * v;
  let series = fma(fma(fma(fma(fma(0.0769230769, s, 0.0909090909), s, 0.111111111), s, 0.142857143), s, 0.2), s, 0.333333333);
  return gap * v + 2.0 * k * v * s * series;
}

/// The logarithm of the probability of k events, for rates from 10 on.
fn log_chance(k: f32, rate: f32) -> f32 {
  if (k < 8.0) {
    return k * precise_log(rate) - rate - precise_lgamma(k + 1.0);
  }
  let u = 1.0 / k;
  // Stirling's formula.
  let correction = u * fma(-2.77777778e-3, u * u, 8.33333333e-2);
  return -0.5 * precise_log(6.28318531 * k) - correction - deviance(k, rate);
}

fn rejected(rate: f32, key: vec2<u32>, element: u32, stream: u32) -> f32 {
  let b = fma(2.53, precise_sqrt(rate), 0.931);
  let a = fma(0.02483, b, -0.059);
  let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  let bound = 0.9277 - 3.6224 / (b - 2.0);
  for (var trial = 0u; trial < 32u; trial++) {
    let uniforms = draw(key, element, stream, trial);
    let u = uniforms.x - 0.5;
    let v = uniforms.y;
    let us = 0.5 - abs(u);
    let k = floor((precise_div(2.0 * a, us) + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= bound) {
      return k;
    }
    if (us == 0.0 || !(k >= 0.0) || (us < 0.013 && v > us)) {
      continue;
    }
    if (precise_log(precise_div(v * inverse_alpha, precise_div(a, us * us) + b)) <= log_chance(k, rate)) {
      return k;
    }
  }
  return floor(rate);
}

fn forward(key0: u32, key1: u32, stream: u32, element: u32, rate: T) -> T {
  if (!is_finite(rate)) {
    return rate;
  }
  let key = vec2<u32>(key0, key1);
  if (rate < 10.0) {
    return inverted(rate, draw(key, element, stream, 0u).x);
  }
  return rejected(rate, key, element, stream);
}
