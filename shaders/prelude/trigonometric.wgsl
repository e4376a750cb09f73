// sin and cos by x = n pi/2 + r, |r| <= pi/4, and minimax polynomials.

/** sin(r) and cos(r) for |r| <= pi/4. */
fn sin_cos_octant(r: f32) -> vec2<f32> {
  let z = r * r;
  let s = fma(fma(-1.951408340e-4, z, 8.332154714e-3), z, -1.666665524e-1);
  let c = fma(fma(2.443484482e-5, z, -1.388733741e-3), z, 4.166664556e-2);
  return vec2<f32>(fma(r * z, s, r), fma(z * z, c, fma(-0.5, z, 1.0)));
}

/** sin of (quadrant pi/2 + r). */
fn sin_quadrant(r: f32, quadrant: i32) -> f32 {
  let both = sin_cos_octant(r);
  let y = select(both.x, both.y, (quadrant & 1) == 1);
  return select(y, -y, (quadrant & 2) == 2);
}

/** The upper half of the 64-bit product. */
fn multiply_high(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let cross = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let middle = (a & 0xffffu) * (b >> 16u) + (cross & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (cross >> 16u) + (middle >> 16u);
}

/**
 * (r, n mod 4) of a large x in integers (Payne & Hanek): x is a 24-bit integer times 2^e, so only the bits of 2/pi from
 * the (e - 1)th on matter to x 2/pi modulo 4, and 64 of them give its 30 fraction bits.
 */
fn trigonometric_reduce_large(x: f32) -> vec2<f32> {
  // 2/pi after 32 zero bits.
  var two_over_pi = array<u32, 7>(
    0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u
  );
  let bits = bitcast<u32>(x);
  let mantissa = (bits & 0x007fffffu) | 0x00800000u;
  let start = min(((bits >> 23u) & 255u) - 120u, 134u);
  let word = start >> 5u;
  let shift = start & 31u;
  var window = vec2<u32>(two_over_pi[word], two_over_pi[word + 1u]);
  if (shift > 0u) {
    window = (window << vec2<u32>(shift)) | (vec2<u32>(window.y, two_over_pi[word + 2u]) >> vec2<u32>(32u - shift));
  }
  let turns = mantissa * window.x + multiply_high(mantissa, window.y);
  // 2 bits of quadrant, then the fraction, which rounds up from one half.
  let fraction = turns << 2u;
  let n = (turns >> 30u) + (fraction >> 31u);
  let r = f32(bitcast<i32>(fraction)) * 3.65729520e-10;
  return select(vec2<f32>(r, f32(n)), vec2<f32>(-r, -f32(n)), (bits >> 31u) == 1u);
}

/** (r, n). pi/2 is subtracted in three parts; the masks and selects only keep optimizers from merging them. */
fn trigonometric_reduce(x: f32) -> vec2<f32> {
  if (abs(x) > 8192.0) {
    return trigonometric_reduce_large(x);
  }
  let n = round(x * 0.636619772);
  let high = bitcast<f32>(bitcast<u32>(n * 1.5703125) & 0xfffffff8u);
  let near = select(x - high, x, n == 0.0);
  let middle = bitcast<f32>(bitcast<u32>(n * 4.83989716e-4) & 0xfffffffeu);
  let nearer = select(near - middle, near, n == 0.0);
  return vec2<f32>(nearer + n * 1.62920680e-7, n);
}

fn precise_sin(x: f32) -> f32 {
  let reduced = trigonometric_reduce(x);
  return select(nan_f32(), sin_quadrant(reduced.x, i32(reduced.y)), is_finite(x));
}

fn precise_cos(x: f32) -> f32 {
  let reduced = trigonometric_reduce(x);
  return select(nan_f32(), sin_quadrant(reduced.x, i32(reduced.y) + 1), is_finite(x));
}

/** cos(2 pi u) for |u| <= 1; the reduction is exact. */
fn cos_turns(u: f32) -> f32 {
  let n = round(4.0 * u);
  return sin_quadrant(1.57079633 * (4.0 * u - n), i32(n) + 1);
}
