// From the exact remainder, so that the quotient is never one too many.
fn forward(a: T, b: T) -> T {
  if ((bitcast<u32>(b) << 1u) == 0u) {
    return precise_div(a, b);
  }
  let rest = precise_fmod(a, b);
  if (is_nan(rest)) {
    return rest;
  }
  let sign = bitcast<f32>(bitcast<u32>(a) ^ bitcast<u32>(b));
  var quotient = exact_div(a - rest, b);
  if ((bitcast<u32>(rest) << 1u) != 0u && ((bitcast<u32>(rest) ^ bitcast<u32>(b)) >> 31u) == 1u) {
    quotient = quotient - 1.0;
  }
  if (abs(quotient) >= 8388608.0) {
    return quotient;
  }
  let whole = floor(quotient);
  return copy_sign(select(whole, whole + 1.0, quotient - whole > 0.5), select(quotient, sign, quotient == 0.0));
}
