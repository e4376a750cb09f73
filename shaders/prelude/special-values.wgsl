// NaN and infinity by bits. WGSL lets an implementation assume that neither exists, so `x != x` may be false for NaN and
// max(NaN, 0) may be 0; integer operations on the bits are exact everywhere.

fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn is_inf(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u;
}

fn is_finite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) < 0x7f800000u;
}

/** x < 0: false for NaN and for -0. */
fn is_negative(x: f32) -> bool {
  return bitcast<u32>(x) - 0x80000001u < 0x7f800000u;
}

/** x > 0: false for NaN. */
fn is_positive(x: f32) -> bool {
  return bitcast<u32>(x) - 1u < 0x7f800000u;
}

/** -1, 0 or 1; 0 for NaN, as in PyTorch. */
fn sign_of(x: f32) -> f32 {
  return select(0.0, copy_sign(1.0, x), is_positive(abs(x)));
}

/** Through a variable, because a constant expression must not be NaN or infinite. */
fn f32_from_bits(bits: u32) -> f32 {
  var opaque = bits;
  return bitcast<f32>(opaque);
}

fn nan_f32() -> f32 {
  return f32_from_bits(0x7fc00000u);
}

fn inf_f32() -> f32 {
  return f32_from_bits(0x7f800000u);
}

/** The magnitude of x with the sign bit of y. */
fn copy_sign(x: f32, y: f32) -> f32 {
  return bitcast<f32>((bitcast<u32>(x) & 0x7fffffffu) | (bitcast<u32>(y) & 0x80000000u));
}
