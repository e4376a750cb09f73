fn forward(a: T, b: T) -> T {
  if (is_inf(a) && bitcast<u32>(a) == bitcast<u32>(b)) {
    return a;
  }
  return nan_max(a, b) + precise_log1p(precise_exp(-abs(a - b)));
}
