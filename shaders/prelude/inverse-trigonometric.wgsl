// tan from the reduction of sin and cos; asin, acos and atan by minimax polynomials near 0 and identities elsewhere.

fn precise_tan(x: f32) -> f32 {
  let reduced = trigonometric_reduce(x);
  let both = sin_cos_octant(reduced.x);
  let odd = (i32(reduced.y) & 1) == 1;
  let y = precise_div(select(both.x, -both.y, odd), select(both.y, both.x, odd));
  return select(nan_f32(), y, is_finite(x));
}

/** (asin(t) - t) / t for s = t^2, |t| <= 1/2. */
fn asin_tail(s: f32) -> f32 {
  let high = fma(fma(4.255359887e-2, s, 2.405704483e-2), s, 4.546570127e-2);
  return s * fma(fma(high, s, 7.49566827e-2), s, 1.666673115e-1);
}

/** 2 asin(sqrt((1 - a) / 2)), which is acos(a), for 1/2 <= a <= 1; NaN beyond. */
fn acos_near_one(a: f32) -> f32 {
  let s = 0.5 * (1.0 - a);
  let t = precise_sqrt(s);
  return 2.0 * fma(t, asin_tail(s), t);
}

// pi and pi/2 are subtracted from in two parts.
fn precise_asin(x: f32) -> f32 {
  let a = abs(x);
  let near = fma(x, asin_tail(x * x), x);
  let far = copy_sign(1.57079637 - (acos_near_one(a) + 4.37113883e-8), x);
  return select(select(far, near, a <= 0.5), x, is_nan(x));
}

fn precise_acos(x: f32) -> f32 {
  let a = abs(x);
  let near = 1.57079637 - (fma(x, asin_tail(x * x), x) + 4.37113883e-8);
  let one = acos_near_one(a);
  let far = select(one, 3.14159274 - (one + 8.74227766e-8), is_negative(x));
  return select(select(far, near, a <= 0.5), x, is_nan(x));
}

fn precise_atan(x: f32) -> f32 {
  let a = abs(x);
  var t = a;
  // High and low part of what the reduced angle is added to.
  var base = vec2<f32>(0.0, 0.0);
  if (a > 2.41421356) {
    t = precise_div(-1.0, a);
    base = vec2<f32>(1.57079637, -4.37113883e-8);
  } else if (a > 0.414213562) {
    t = (a - 1.0) / (a + 1.0);
    base = vec2<f32>(0.785398185, -2.18556941e-8);
  }
  let s = t * t;
  let tail = s * fma(fma(fma(7.982475669e-2, s, -1.386184929e-1), s, 1.997721628e-1), s, -3.333298221e-1);
  return select(copy_sign(base.x + (fma(t, tail, t) + base.y), x), x, is_nan(x));
}
