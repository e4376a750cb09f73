// In [0, 1), a multiple of 2^-24.
fn forward(i: u32, key0: u32, key1: u32, stream: u32) -> T {
  return f32(threefry2x32(vec2<u32>(key0, key1), vec2<u32>(i, stream)).x >> 8u) * 5.9604644775390625e-8;
}
