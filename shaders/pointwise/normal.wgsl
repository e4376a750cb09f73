// Box-Muller: sqrt(-2 ln u) cos(2 pi v) with u in (0, 1] and v in [0, 1).
fn forward(i: u32, key0: u32, key1: u32, stream: u32) -> T {
  let bits = threefry2x32(vec2<u32>(key0, key1), vec2<u32>(i, stream)) >> vec2<u32>(8u);
  let u = f32(bits.x + 1u) * 5.9604644775390625e-8;
  let v = f32(bits.y) * 5.9604644775390625e-8;
  return precise_sqrt(-2.0 * precise_log(u)) * cos_turns(v);
}
