// Neighbours are one apart in the order of all numbers, which is that of their bits as integers, negative ones mirrored.
fn order(x: f32) -> i32 {
  let magnitude = bitcast<i32>(bitcast<u32>(x) & 0x7fffffffu);
  return select(magnitude, -magnitude, (bitcast<u32>(x) >> 31u) == 1u);
}

fn forward(x: T, towards: T) -> T {
  if (is_nan(x) || is_nan(towards)) {
    return nan_f32();
  }
  let start = order(x);
  let goal = order(towards);
  if (start == goal) {
    return towards;
  }
  let next = start + select(-1, 1, goal > start);
  return f32_from_bits(select(bitcast<u32>(abs(next)), bitcast<u32>(abs(next)) | 0x80000000u, next < 0 || (next == 0 && start < 0)));
}
