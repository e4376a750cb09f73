/// Where result o lies among the inputs; nothing lies before the first.
fn place(o: i32, scale: f32) -> f32 {
#if ${ALIGN}
  return scale * f32(o);
#else
  return max(scale * (f32(o) + 0.5) - 0.5, 0.0);
#endif
}

fn first_tap(o: i32, scale: f32, size: i32) -> i32 {
  return min(i32(floor(place(o, scale))), size - 1);
}

fn last_tap(o: i32, scale: f32, size: i32) -> i32 {
  return min(first_tap(o, scale, size) + 1, size - 1);
}

fn weight(o: i32, i: i32, scale: f32, size: i32) -> f32 {
  return max(1.0 - abs(min(place(o, scale), f32(size - 1)) - f32(i)), 0.0);
}

/// How far from the centre of result o, in inputs, a tap may be.
fn reach(scale: f32) -> f32 {
  return 1.0;
}
