/// Where result o lies among the inputs.
fn place(o: i32, scale: f32) -> f32 {
#if ${ALIGN}
  return scale * f32(o);
#else
  return scale * (f32(o) + 0.5) - 0.5;
#endif
}

fn middle(o: i32, scale: f32, size: i32) -> i32 {
  return min(i32(floor(place(o, scale))), size - 1);
}

fn first_tap(o: i32, scale: f32, size: i32) -> i32 {
  return clamp(middle(o, scale, size) - 1, 0, size - 1);
}

fn last_tap(o: i32, scale: f32, size: i32) -> i32 {
  return clamp(middle(o, scale, size) + 2, 0, size - 1);
}

/// Cubic convolution (Keys 1981) with a = -0.75. Taps outside are the outermost inputs.
fn weight(o: i32, i: i32, scale: f32, size: i32) -> f32 {
  let at = middle(o, scale, size);
  let t = clamp(place(o, scale) - f32(at), 0.0, 1.0);
  let s = 1.0 - t;
  let taps = vec4<f32>(
    ((-0.75 * (t + 1.0) + 3.75) * (t + 1.0) - 6.0) * (t + 1.0) + 3.0,
    (1.25 * t - 2.25) * t * t + 1.0,
    (1.25 * s - 2.25) * s * s + 1.0,
    ((-0.75 * (s + 1.0) + 3.75) * (s + 1.0) - 6.0) * (s + 1.0) + 3.0,
  );
  var total = 0.0;
  for (var k = 0; k < 4; k++) {
    if (clamp(at - 1 + k, 0, size - 1) == i) {
      total += taps[k];
    }
  }
  return total;
}

/// How far from the centre of result o, in inputs, a tap may be.
fn reach(scale: f32) -> f32 {
  return 2.0;
}
