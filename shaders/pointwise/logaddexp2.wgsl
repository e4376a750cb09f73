fn forward(a: T, b: T) -> T {
  if (is_inf(a) && bitcast<u32>(a) == bitcast<u32>(b)) {
    return a;
  }
  return fma(precise_log1p(precise_exp(-abs(a - b) * 0.693147181)), 1.44269504, nan_max(a, b));
}
