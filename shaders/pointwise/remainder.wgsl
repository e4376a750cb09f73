// The sign of the divisor.
fn forward(a: T, b: T) -> T {
  let rest = precise_fmod(a, b);
  let bits = bitcast<u32>(rest);
  let other = (bits << 1u) != 0u && ((bits ^ bitcast<u32>(b)) >> 31u) == 1u && !is_nan(rest);
  return select(rest, rest + b, other);
}
