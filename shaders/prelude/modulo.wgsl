// Quotients and remainders by long division of the significands, in integers: exact where floating-point division is not.

/** (significand, biased exponent) of a finite number's bits without the sign: significand 2^(exponent - 150). */
fn significand(bits: u32) -> vec2<u32> {
  let e = bits >> 23u;
  return vec2<u32>((bits & 0x007fffffu) | select(0u, 0x00800000u, e > 0u), max(e, 1u));
}

/** a - b trunc(a / b), with the sign of a; NaN for infinite a or b = 0. */
fn precise_fmod(a: f32, b: f32) -> f32 {
  let x = bitcast<u32>(a) & 0x7fffffffu;
  let y = bitcast<u32>(b) & 0x7fffffffu;
  if (x >= 0x7f800000u || y > 0x7f800000u || y == 0u) {
    return nan_f32();
  }
  if (x < y) {
    return a;
  }
  let numerator = significand(x);
  let divisor = significand(y);
  var rest = numerator.x % divisor.x;
  // Eight binary digits at a time: the rest is below 2^24.
  for (var shift = numerator.y - divisor.y; shift > 0u && rest > 0u; shift -= min(shift, 8u)) {
    rest = (rest << min(shift, 8u)) % divisor.x;
  }
  let power = i32(divisor.y) - 150;
  let bits = bitcast<u32>(f32(rest));
  let normal = i32(bits >> 23u) + power > 0;
  let magnitude = select(rest << ((divisor.y - 1u) & 31u), bitcast<u32>(bitcast<i32>(bits) + (power << 23u)), normal);
  return copy_sign(bitcast<f32>(select(magnitude, 0u, rest == 0u)), a);
}

/** a / b rounded to the nearest number, halves to even; 0 where that is below 2^-126. */
fn exact_div(a: f32, b: f32) -> f32 {
  let x = bitcast<u32>(a) & 0x7fffffffu;
  let y = bitcast<u32>(b) & 0x7fffffffu;
  if (x >= 0x7f800000u || y >= 0x7f800000u || x == 0u || y == 0u) {
    return precise_div(a, b);
  }
  var numerator = significand(x);
  var divisor = significand(y);
  // Both normalized to 24 bits; exponents of subnormal numbers fall below 1.
  let lift = vec2<u32>(countLeadingZeros(numerator.x), countLeadingZeros(divisor.x)) - vec2<u32>(8u);
  numerator.x <<= lift.x;
  divisor.x <<= lift.y;
  let smaller = numerator.x < divisor.x;
  let exponent = i32(numerator.y) - i32(lift.x) - i32(divisor.y) + i32(lift.y) + 127 - select(0, 1, smaller);
  var rest = select(numerator.x, numerator.x << 1u, smaller) - divisor.x;
  var digits = 1u;
  for (var i = 0; i < 3; i++) {
    rest = rest << 8u;
    digits = (digits << 8u) | (rest / divisor.x);
    rest = rest % divisor.x;
  }
  let even = digits >> 1u;
  let up = (digits & 1u) == 1u && (rest > 0u || (even & 1u) == 1u);
  // A carry out of the significand raises the exponent.
  let magnitude = (exponent << 23u) + i32(even + select(0u, 1u, up)) - 0x00800000;
  let bounded = select(magnitude, 0x7f800000, exponent >= 255 || magnitude >= 0x7f800000);
  return bitcast<f32>(select(u32(bounded), 0u, exponent <= 0) | ((bitcast<u32>(a) ^ bitcast<u32>(b)) & 0x80000000u));
}
