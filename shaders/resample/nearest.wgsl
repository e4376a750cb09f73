/// The one input that result o reads. PyTorch's rule, in float32 as there.
fn first_tap(o: i32, scale: f32, size: i32) -> i32 {
#if ${EXACT}
  return min(i32(floor((f32(o) + 0.5) * scale)), size - 1);
#else
  return min(i32(floor(f32(o) * scale)), size - 1);
#endif
}

fn last_tap(o: i32, scale: f32, size: i32) -> i32 {
  return first_tap(o, scale, size);
}

fn weight(o: i32, i: i32, scale: f32, size: i32) -> f32 {
  return 1.0;
}

/// How far from the centre of result o, in inputs, a tap may be.
fn reach(scale: f32) -> f32 {
  return 1.0;
}
