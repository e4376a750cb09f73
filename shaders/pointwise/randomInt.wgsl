fn forward(i: u32, key0: u32, key1: u32, stream: u32, low: T, high: T) -> T {
  return low + T(threefry2x32(vec2<u32>(key0, key1), vec2<u32>(i, stream)).x % u32(high - low));
}
