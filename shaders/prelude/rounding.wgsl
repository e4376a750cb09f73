// To the nearest integer, halves to the even one. Beyond 2^23 every number is an integer; this also passes NaN and infinities.
fn round_even(x: f32) -> f32 {
  return select(x, round(x), abs(x) < 8388608.0);
}
