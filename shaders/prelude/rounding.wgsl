// To the nearest integer, halves to the even one. Beyond 2^23 every number is an integer; this also passes NaN and infinities.
fn round_even(x: f32) -> f32 {
  return select(x, round(x), abs(x) < 8388608.0);
}

// The nearest half, ties to even, as f32: beyond 65504 infinity, below 2^-14 multiples of 2^-24. (WGSL's own quantizeToF16
// leaves open what it gives beyond the range.)
fn round_to_half(x: f32) -> f32 {
  let word = bitcast<u32>(x);
  let sign = word & 0x80000000u;
  let magnitude = word & 0x7fffffffu;
  let small = bitcast<u32>(round(bitcast<f32>(magnitude) * 16777216.0) * 5.9604644775390625e-8);
  let ordinary = (magnitude + 0xfffu + ((magnitude >> 13u) & 1u)) & 0xffffe000u;
  var half = select(ordinary, small, magnitude < 0x38800000u);
  half = select(half, 0x7f800000u, magnitude >= 0x477ff000u);
  half = select(half, magnitude, magnitude > 0x7f800000u);
  return bitcast<f32>(sign | half);
}
