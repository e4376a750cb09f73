// A subnormal factor counts as the 0 that the product would make of it.
fn forward(a: T, b: T) -> T {
  if ((bitcast<u32>(a) & 0x7fffffffu) < 0x00800000u && !is_nan(b)) {
    return 0.0;
  }
  return a * precise_log(b);
}
