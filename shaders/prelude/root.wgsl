// Square roots by the builtins for positive finite numbers; zero, infinity and negative numbers by rule.

fn precise_sqrt(x: f32) -> f32 {
  if (bitcast<u32>(x) - 1u >= 0x7f7fffffu) {
    return select(x, nan_f32(), is_negative(x));
  }
  return sqrt(x);
}

fn precise_rsqrt(x: f32) -> f32 {
  if (bitcast<u32>(x) - 1u >= 0x7f7fffffu) {
    if (is_inf(x) && !is_negative(x)) {
      return 0.0;
    }
    if ((bitcast<u32>(x) << 1u) == 0u) {
      return copy_sign(inf_f32(), x);
    }
    return nan_f32();
  }
  return inverseSqrt(x);
}
