fn forward(x: T) -> T {
  let y = -x * precise_log(x);
  return select(select(y, 0.0, (bitcast<u32>(x) << 1u) == 0u), -inf_f32(), is_negative(x));
}

fn backward(x: T, dy: T) -> T {
  return -dy * (1.0 + precise_log(x));
}
