// Scaled by a power of two, so that no square overflows or vanishes. An infinity wins over NaN.
fn forward(a: T, b: T) -> T {
  if (is_inf(a) || is_inf(b)) {
    return inf_f32();
  }
  if (is_nan(a) || is_nan(b)) {
    return nan_f32();
  }
  let e = clamp(bitcast<u32>(max(abs(a), abs(b))) >> 23u, 1u, 253u);
  let scale = bitcast<f32>((254u - e) << 23u);
  let x = a * scale;
  let y = b * scale;
  return precise_sqrt(fma(x, x, y * y)) * bitcast<f32>(e << 23u);
}
