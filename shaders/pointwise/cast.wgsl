// Conversions between dtypes, one function per pair. Bits are tested where a compiler may assume that there is no NaN.
fn bool_to_f32(x: bool) -> f32 { return select(0.0, 1.0, x); }
fn bool_to_i32(x: bool) -> i32 { return select(0i, 1i, x); }
fn bool_to_u32(x: bool) -> u32 { return select(0u, 1u, x); }

fn i32_to_bool(x: i32) -> bool { return x != 0i; }
fn u32_to_bool(x: u32) -> bool { return x != 0u; }
// NaN and denormals are true.
fn f32_to_bool(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) != 0u; }

fn i32_to_f32(x: i32) -> f32 { return f32(x); }
fn u32_to_f32(x: u32) -> f32 { return f32(x); }
fn i32_to_u32(x: i32) -> u32 { return bitcast<u32>(x); }
fn u32_to_i32(x: u32) -> i32 { return bitcast<i32>(x); }

// Towards zero; saturating; NaN is 0.
fn f32_to_i32(x: f32) -> i32 {
  if (is_nan(x)) { return 0i; }
  if (x >= 2147483648.0) { return 2147483647i; }
  if (x <= -2147483648.0) { return i32(-2147483648); }
  return i32(x);
}
fn f32_to_u32(x: f32) -> u32 {
  if (is_nan(x) || x <= 0.0) { return 0u; }
  if (x >= 4294967296.0) { return 4294967295u; }
  return u32(x);
}
